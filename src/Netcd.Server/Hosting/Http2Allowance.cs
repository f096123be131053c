namespace Netcd.Server.Hosting;

/// <summary>
/// What a connection of HTTP/2 may ask for without waiting for any answer. Frames that make work and cost their sender nothing (streams
/// that
/// are reset right after they were opened, settings, pings) are read more slowly where there are more of them than clients send.
/// </summary>
/// <param name="now">The time in milliseconds.</param>
internal sealed class Http2Allowance(long now)
{
    /// <summary>Units that a connection gets a second.</summary>
    public const int UnitsPerSecond = 20_000;

    /// <summary>Units that it can save.</summary>
    public const int MaxUnits = 40_000;

    /// <summary>A stream that is reset within a second or two: a thousand a second. One that was open for longer costs nothing, so that a
    /// client may end all its watches at once.</summary>
    public const int YoungReset = 20;

    /// <summary>A change of the settings, which goes through all streams.</summary>
    public const int Settings = 20;

    /// <summary>A ping. Clients of gRPC send one for each round trip in which they receive data.</summary>
    public const int Ping = 1;

    private const long MillisecondsPerSecond = 1_000;

    private double units = MaxUnits;
    private long counted = now;
    private long markSince = now;
    private int markedStream;
    private int oldStream;
    private int newestStream;

    /// <summary>How long its next bytes are to wait.</summary>
    public TimeSpan Debt => units >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-units / UnitsPerSecond);

    /// <summary>Takes the time since the last call into account.</summary>
    public void Advance(long now)
    {
        units = Math.Min(MaxUnits, units + ((now - counted) * (double)UnitsPerSecond / MillisecondsPerSecond));
        counted = now;
        if (now - markSince >= MillisecondsPerSecond)
        {
            oldStream = now - markSince >= 2 * MillisecondsPerSecond ? newestStream : markedStream;
            markedStream = newestStream;
            markSince = now;
        }
    }

    /// <summary>Counts a stream that was opened.</summary>
    public void Opened(int stream) => newestStream = stream;

    /// <summary>Counts a stream that was reset.</summary>
    public void Reset(int stream)
    {
        if (stream > oldStream)
        {
            Spend(YoungReset);
        }
    }

    /// <summary>Counts another frame.</summary>
    public void Spend(int cost) => units -= cost;
}
