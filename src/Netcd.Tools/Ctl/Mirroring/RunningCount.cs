using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Mirroring;

/// <summary>Counts, and writes the count every half a minute.</summary>
internal sealed class RunningCount : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ITimer timer;
    private long count;

    /// <param name="output">Is told the count.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">A line at the same terminal, if there is one.</param>
    public RunningCount(TextWriter output, TimeProvider time, ProgressLine? progress = null) => timer = time.CreateTimer(
        _ =>
        {
            progress?.MakeRoom();
            output.WriteLine(Interlocked.Read(ref count));
        },
        null,
        Interval,
        Interval);

    public void Add(int more) => Interlocked.Add(ref count, more);

    public void Dispose() => timer.Dispose();
}
