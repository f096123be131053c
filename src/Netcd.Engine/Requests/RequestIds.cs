
namespace Netcd.Engine.Requests;

/// <summary>
/// Ids that do not repeat among members or over restarts: the member in the top 16 bits, in the rest a counter that begins
/// anywhere. By an id a waiter finds its entry, so one that repeats would have it answered by an entry of an earlier life that
/// is applied only now. (etcd begins at the wall clock: a machine that comes up without the time repeats its ids.)
/// </summary>
internal sealed class RequestIds(ulong memberId, Func<int, int> random)
{
    private const int CounterBits = 48;
    private const int HalfBits = CounterBits / 2;

    private readonly ulong member = memberId << CounterBits;
    private long counter = ((long)random(1 << HalfBits) << HalfBits) | (long)random(1 << HalfBits);

    /// <summary>The next id, from any thread.</summary>
    public ulong Next() => member | ((ulong)Interlocked.Increment(ref counter) & ((1UL << CounterBits) - 1));
}
