namespace Netcd.Load;

/// <summary>The command <c>run</c>: one workload, warmed up, then measured.</summary>
internal static class LoadRun
{
    public static async Task<int> ExecuteAsync(LoadOptions options)
    {
        Workload workload = new(options.Workload, new KeySpace(options.Keys, options.ValueSize), options.Limit);
        ServerProcess? server = ServerProcess.Of(options.ProcessId);
        using ClosedLoop loop = new(options);

        if (options.Warmup > TimeSpan.Zero)
        {
            await loop.RunAsync(random => workload.Next(random), options.Warmup);
        }

        long left = options.Count ?? long.MaxValue;
        double before = server?.CpuMicroseconds() ?? 0;
        LoopResult result = await loop.RunAsync(
            random => Interlocked.Decrement(ref left) >= 0 ? workload.Next(random) : null,
            options.Count is null ? options.Duration : TimeSpan.MaxValue);
        double? cpu = server?.CpuMicroseconds() - before;
        return LoadReport.Write(options.Workload, options, result, result.Calls, cpu, server?.ResidentKibibytes());
    }
}
