using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Netcd.Server.Running;

/// <summary>
/// What a process that seems stuck is at, for SIGQUIT. A .NET process cannot walk the stacks of its other threads; it can say which
/// threads it has, what they wait for, how the pool and the collector stand, and what the member has reached.
/// </summary>
internal static class ProcessReport
{
    private const string Tasks = "/proc/self/task";

    /// <summary>The member may be what is stuck: its part is waited for only so long.</summary>
    private static readonly TimeSpan DescribeTime = TimeSpan.FromSeconds(2);

    /// <summary>Prints the report.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="describe">The member's part.</param>
    public static void Write(TextWriter output, Func<string> describe)
    {
        output.WriteLine("SIGQUIT: quit\n");
        WriteProcess(output);
        WriteThreads(output);
        output.Flush();
        WriteMember(output, describe);
        output.Flush();
    }

    private static void WriteProcess(TextWriter output)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        TimeSpan running = DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        (long waiting, long done) = (ThreadPool.PendingWorkItemCount, ThreadPool.CompletedWorkItemCount);
        (int young, int middle, int old) = (GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            netcd {ServerIdentity.NetcdVersion}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}
            process {Environment.ProcessId}, running for {running.TotalSeconds:F1} s, {Environment.WorkingSet} bytes resident
            pool: {ThreadPool.ThreadCount} threads, {waiting} work items wait, {done} are done
            heap: {GC.GetTotalMemory(false)} bytes, {memory.TotalCommittedBytes} committed, {memory.FragmentedBytes} fragmented,
              collections {young}/{middle}/{old}, {memory.PauseTimePercentage}% of the time in pauses
            """));
    }

    /// <summary>Each thread: its state, where the kernel says that it waits, its processor time.</summary>
    private static void WriteThreads(TextWriter output)
    {
        if (!Directory.Exists(Tasks))
        {
            return;
        }

        output.WriteLine("\nthreads (id, name, state, system call, waits in, ticks in user and system mode):");
        foreach (string task in Directory.EnumerateDirectories(Tasks).Order(StringComparer.Ordinal))
        {
            // The name stands in parentheses and may contain some itself.
            string stat = Read(task, "stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string ticks = fields.Length > 12 ? fields[11] + "+" + fields[12] : "";
            string call = Read(task, "syscall").Split(' ')[0];
            output.WriteLine(
                $"  {Path.GetFileName(task)} {Read(task, "comm")} {fields.FirstOrDefault()} {call} {Read(task, "wchan")} {ticks}");
        }
    }

    private static void WriteMember(TextWriter output, Func<string> describe)
    {
        string state = "";
        Thread describing = new(() => state = Describe(describe)) { IsBackground = true };
        describing.Start();
        output.WriteLine("\nmember:");
        output.WriteLine(describing.Join(DescribeTime) ? state : "does not answer");
    }

    private static string Describe(Func<string> describe)
    {
        try
        {
            return describe();
        }
        catch (Exception failure)
        {
            return failure.ToString();
        }
    }

    private static string Read(string task, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, file)).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }
}
