namespace Netcd.Server.Flight;

/// <summary>
/// The last records of something, in room that is taken once. One thread adds, without a lock and without waiting; others may look at any
/// time and get whole records.
/// </summary>
/// <typeparam name="T">The record.</typeparam>
/// <param name="capacity">Records that are kept.</param>
internal sealed class FlightRing<T>(int capacity)
    where T : struct
{
    private readonly T[] records = new T[capacity];
    private long added;

    /// <summary>Adds a record in the place of the oldest.</summary>
    public void Add(in T record)
    {
        records[(int)(added % capacity)] = record;
        Volatile.Write(ref added, added + 1);

        // The next record overwrites the oldest: that must not be seen before this one is counted.
        Interlocked.MemoryBarrier();
    }

    /// <summary>The records, the oldest first.</summary>
    public List<T> Read()
    {
        long before = Volatile.Read(ref added);
        long first = Math.Max(0, before - capacity);
        List<T> read = [];
        for (long at = first; at < before; at++)
        {
            read.Add(records[(int)(at % capacity)]);
        }

        // Those that were overwritten meanwhile, the one among them that is being overwritten, are no records.
        Interlocked.MemoryBarrier();
        long whole = Volatile.Read(ref added) - capacity + 1;
        read.RemoveRange(0, (int)Math.Clamp(whole - first, 0, read.Count));
        return read;
    }
}
