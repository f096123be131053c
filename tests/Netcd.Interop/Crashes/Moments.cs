namespace Netcd.Interop.Crashes;

/// <summary>Moments to kill at, which follow a seed.</summary>
internal sealed class Moments(int seed)
{
#pragma warning disable CA5394 // They need not be secret.
    private readonly Random random = new(seed);

    /// <summary>Waits for some milliseconds.</summary>
    public Task NextAsync(int least, int below) => Task.Delay(random.Next(least, below));
#pragma warning restore CA5394
}
