namespace Netcd.Server.Flight;

/// <summary>The flushes of a file, added up over a slot of time each; the one thread that writes to the file writes here.</summary>
/// <param name="name">What the file is.</param>
internal sealed class FlushFlight(string name)
{
    private readonly FlightRing<FlushSlot> slots = new(FlightRecorder.Slots);
    private FlushSlot open;
    private long written;

    /// <summary>What the file is.</summary>
    public string Name => name;

    /// <summary>The slots, the one that is not over yet last.</summary>
    public List<FlushSlot> ReadSlots()
    {
        List<FlushSlot> read = slots.Read();
        FlushSlot last = open;
        if (last.Flushes > 0 && (read.Count == 0 || read[^1].Began < last.Began))
        {
            read.Add(last);
        }

        return read;
    }

    /// <summary>Bytes were written, and are to be flushed.</summary>
    public void Wrote(long bytes) => written += bytes;

    /// <summary>What was written is flushed.</summary>
    /// <param name="now">When the flush ended.</param>
    /// <param name="took">How long it took.</param>
    public void Flushed(long now, long took)
    {
        long start = now - (now % FlightRecorder.SlotNanoseconds);
        if (open.Began != start)
        {
            if (open.Flushes > 0)
            {
                slots.Add(open);
            }

            open = new FlushSlot { Began = start };
        }

        open.Flushes++;
        open.Bytes += written;
        open.MostBytes = Math.Max(open.MostBytes, written);
        open.Took += took;
        open.Longest = Math.Max(open.Longest, took);
        written = 0;
    }
}

/// <summary>The flushes of a slot of time.</summary>
internal record struct FlushSlot
{
    /// <summary>When the slot began.</summary>
    public long Began { get; set; }

    /// <summary>Flushes.</summary>
    public long Flushes { get; set; }

    /// <summary>Bytes that they made durable.</summary>
    public long Bytes { get; set; }

    /// <summary>The bytes of the largest.</summary>
    public long MostBytes { get; set; }

    /// <summary>The time that they took together.</summary>
    public long Took { get; set; }

    /// <summary>The time of the longest.</summary>
    public long Longest { get; set; }
}
