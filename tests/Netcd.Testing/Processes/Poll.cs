using System.Diagnostics;

namespace Netcd.Testing.Processes;

/// <summary>Waits for what no message tells of.</summary>
public static class Poll
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Asks until it is so, and fails at the deadline.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, "what was waited for has not come");
            await Task.Delay(5);
        }
    }
}
