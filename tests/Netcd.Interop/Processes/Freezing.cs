namespace Netcd.Interop.Processes;

/// <summary>Lets a process stand still, with its connections open.</summary>
internal static class Freezing
{
    private const int SignalStop = 19;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Stops a process, and waits until all its threads stand: one that a processor runs may otherwise answer a call that is made after
    /// the signal.
    /// </summary>
    public static void Freeze(int processId)
    {
        Assert.Equal(0, ServerProcess.Kill(processId, SignalStop));
        Assert.True(SpinWait.SpinUntil(() => Threads(processId).All(static thread => StateOf(thread) == 'T'), Deadline), "it goes on");
    }

    private static string[] Threads(int processId) => Directory.GetDirectories($"/proc/{processId}/task");

    private static char StateOf(string thread)
    {
        try
        {
            string line = File.ReadAllText(Path.Combine(thread, "stat"));

            // The name before the state stands in brackets, and may have any in it.
            return line[line.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            // It has just ended: the next look does not find it.
            return 'X';
        }
    }
}
