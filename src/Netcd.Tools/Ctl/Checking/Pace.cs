using System.Diagnostics;

namespace Netcd.Tools.Ctl.Checking;

/// <summary>Lets a caller go on so many times a second. What was missed for more than a moment is not made up for.</summary>
internal sealed class Pace(int perSecond)
{
    /// <summary>Timers are not finer than this.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan MostMissed = TimeSpan.FromMilliseconds(20);

    private readonly long began = Stopwatch.GetTimestamp();
    private readonly TimeSpan interval = TimeSpan.FromSeconds(1) / perSecond;
    private TimeSpan next;

    /// <summary>Waits for the next turn.</summary>
    /// <returns>Whether it has come before all was ended.</returns>
    public async ValueTask<bool> WaitAsync(CancellationToken end)
    {
        TimeSpan now = Stopwatch.GetElapsedTime(began);
        next = next < now - MostMissed ? now - MostMissed : next;
        TimeSpan wait = next - now;
        if (wait > Grain)
        {
            await Task.Delay(wait, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        next += interval;
        return !end.IsCancellationRequested;
    }
}
