namespace Netcd.Engine.Node;

/// <summary>
/// Ids that do not repeat among members or over restarts: the member in the top 16 bits, the time of the start in
/// milliseconds in the next 40, a counter in the rest that flows over into the time.
/// </summary>
internal sealed class RequestIds(ulong memberId, long startUnixMilliseconds)
{
    private const int TimeBits = 40;
    private const int CounterBits = 8;

    private readonly ulong member = memberId << (TimeBits + CounterBits);
    private long suffix = (startUnixMilliseconds & ((1L << TimeBits) - 1)) << CounterBits;

    /// <summary>The next id, from any thread.</summary>
    public ulong Next() => member | ((ulong)Interlocked.Increment(ref suffix) & ((1UL << (TimeBits + CounterBits)) - 1));
}
