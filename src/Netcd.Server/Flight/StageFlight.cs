namespace Netcd.Server.Flight;

/// <summary>
/// What a stage did: its steps, added up over a slot of time each, and those that took long. The thread that steps the stage writes; others
/// may look at any time.
/// </summary>
/// <param name="name">The stage.</param>
/// <remarks>Hot path: a step costs some additions, and allocates nothing.</remarks>
internal sealed class StageFlight(string name)
{
    private readonly FlightRing<StageSlot> slots = new(FlightRecorder.Slots);
    private readonly FlightRing<LongStep> longSteps = new(FlightRecorder.Events);
    private StageSlot open;
    private long slotEnd = long.MinValue;
    private long stepBegan;

    /// <summary>The stage's name.</summary>
    public string Name => name;

    /// <summary>When the step began that the stage is at; 0 where it is at none. Nanoseconds, as all times here.</summary>
    public long StepBegan => Volatile.Read(ref stepBegan);

    /// <summary>The slots, the one that is not over yet last; its figures need not be of one moment.</summary>
    public List<StageSlot> ReadSlots()
    {
        List<StageSlot> read = slots.Read();
        StageSlot last = open;
        if (last.Steps > 0 && (read.Count == 0 || read[^1].Began < last.Began))
        {
            read.Add(last);
        }

        return read;
    }

    /// <summary>The steps that took long.</summary>
    public List<LongStep> ReadLongSteps() => longSteps.Read();

    /// <summary>A step begins.</summary>
    public void Begin(long now) => Volatile.Write(ref stepBegan, now);

    /// <summary>The step has ended.</summary>
    /// <param name="began">When it began.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="waiting">What waited for it when it began: the size of its batch, where it takes all that waits.</param>
    public void End(long began, long now, int waiting)
    {
        Volatile.Write(ref stepBegan, 0);
        if (began >= slotEnd)
        {
            BeginSlot(began);
        }

        long took = now - began;
        open.Steps++;
        open.Busy += took;
        open.Longest = Math.Max(open.Longest, took);
        open.Waiting += waiting;
        open.MostWaiting = Math.Max(open.MostWaiting, waiting);
        if (took >= FlightRecorder.LongStepNanoseconds)
        {
            longSteps.Add(new LongStep(began, took, waiting));
        }
    }

    private void BeginSlot(long now)
    {
        if (open.Steps > 0)
        {
            slots.Add(open);
        }

        long start = now - (now % FlightRecorder.SlotNanoseconds);
        open = new StageSlot { Began = start };
        slotEnd = start + FlightRecorder.SlotNanoseconds;
    }
}

/// <summary>What a stage did in a slot of time.</summary>
internal record struct StageSlot
{
    /// <summary>When the slot began.</summary>
    public long Began { get; set; }

    /// <summary>Steps of the stage.</summary>
    public long Steps { get; set; }

    /// <summary>The time that they took together.</summary>
    public long Busy { get; set; }

    /// <summary>The time of the longest.</summary>
    public long Longest { get; set; }

    /// <summary>What waited when steps began, added up over them.</summary>
    public long Waiting { get; set; }

    /// <summary>What waited at the most.</summary>
    public int MostWaiting { get; set; }
}

/// <summary>A step that took long.</summary>
/// <param name="Began">When it began.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Waiting">What waited when it began.</param>
internal readonly record struct LongStep(long Began, long Took, int Waiting);
