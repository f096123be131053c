namespace Netcd.Tools.Ctl.Mirroring;

/// <summary>Counts, and writes the count every half a minute.</summary>
internal sealed class RunningCount : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ITimer timer;
    private long count;

    public RunningCount(TextWriter output, TimeProvider time) => timer = time.CreateTimer(
        _ => output.WriteLine(Interlocked.Read(ref count)), null, Interval, Interval);

    public void Add(int more) => Interlocked.Add(ref count, more);

    public void Dispose() => timer.Dispose();
}
