using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Netcd.Load;

/// <summary>
/// The command <c>outage</c>: kills a member, the leader, and tells how long it takes until a put through another one is
/// answered. A put is begun every few milliseconds, whatever has become of those before: one that was passed on to the dead
/// leader is lost.
/// </summary>
internal static class Outage
{
    private const int Kill = 9;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static async Task<int> ExecuteAsync(LoadOptions options)
    {
        int victim = options.ProcessId ?? throw new UsageException("outage needs --pid");
        GrpcCall put = new Workload("put", new KeySpace(options.Keys, options.ValueSize), options.Limit).Next(new Random(options.Seed));
        using GrpcConnection connection = new(options.Endpoint);
        await connection.CallAsync(put);
        if (SendSignal(victim, Kill) != 0)
        {
            throw new UsageException($"process {victim} cannot be killed");
        }

        long killed = Stopwatch.GetTimestamp();
        TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!answered.Task.IsCompleted)
        {
            if (Stopwatch.GetElapsedTime(killed) > Longest)
            {
                throw new TimeoutException("nobody serves");
            }

            _ = TryAsync(connection, put, answered);
            await Task.WhenAny(answered.Task, Task.Delay(Interval));
        }

        Console.WriteLine($"outage ms={Stopwatch.GetElapsedTime(killed).TotalMilliseconds:F0}");
        return 0;
    }

    private static async Task TryAsync(GrpcConnection connection, GrpcCall put, TaskCompletionSource answered)
    {
        try
        {
            if (put.Answered(await connection.CallAsync(put)))
            {
                answered.TrySetResult();
            }
        }
        catch (Exception failure) when (failure is GrpcStatusException or HttpRequestException or IOException)
        {
            // There is no leader yet.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
