namespace Netcd.Server.Hosting;

/// <summary>
/// How often the client of an HTTP/2 connection may ping it, as gRPC's servers judge it (keepalive enforcement): a ping that comes too soon
/// after the one before is a strike, and the third one ends the connection. Where the server has sent something of a call since the last
/// ping there is
/// no strike, and those before count no longer: clients measure the round trip with the data that they receive.
/// </summary>
/// <param name="least">The least time between two pings; none is what gRPC takes where nothing is set, five minutes.</param>
internal sealed class PingPolicy(TimeSpan least)
{
    private static readonly TimeSpan MinByDefault = TimeSpan.FromMinutes(5);

    private const int MaxStrikes = 2;

    private readonly long leastMilliseconds = (long)(least > TimeSpan.Zero ? least : MinByDefault).TotalMilliseconds;
    private long lastPing = long.MinValue / 2;
    private long judged;
    private long sent;
    private int strikes;

    /// <summary>Whether the client has pinged too often.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Judges the pings that have come in since the last call.</summary>
    /// <param name="now">The time in milliseconds.</param>
    /// <param name="pings">The pings on the connection until now.</param>
    /// <param name="sentUntilNow">The frames of calls that were sent until now.</param>
    public void Judge(long now, long pings, long sentUntilNow)
    {
        for (; judged < pings && !IsBroken; judged++)
        {
            bool isTooSoon = now - lastPing < leastMilliseconds;
            bool hasSent = sentUntilNow > sent;
            lastPing = now;
            sent = sentUntilNow;
            strikes = hasSent ? 0 : strikes + (isTooSoon ? 1 : 0);
            IsBroken = strikes > MaxStrikes;
        }
    }
}
