namespace Netcd.Engine.Apply;

/// <summary>
/// What a step of the apply stage may still do. What can take long counts its work here and, where nothing is left, pauses until the
/// next step: raft, deadlines and leases, which share the thread, have their turn in between.
/// </summary>
/// <remarks>
/// A unit is about what it costs to look at one key, or to write one. Where an entry pauses decides nothing: on every member it is
/// applied to the same state with the same result, whatever the pieces.
/// </remarks>
internal sealed class WorkMeter
{
    /// <summary>Bytes that cost about as much to copy or to decode as one key costs to look at.</summary>
    private const int BytesPerUnit = 4 * 1024;

    /// <summary>A meter that never runs out, for work on a thread of its own.</summary>
    public static WorkMeter Unlimited => new(int.MaxValue);

    private readonly int perStep;

    public WorkMeter(int units) => Left = perStep = units;

    /// <summary>Units left to this step; 0 or less says that it is time to pause.</summary>
    public int Left { get; private set; }

    /// <summary>Units spent since the start.</summary>
    public long Total { get; private set; }

    public bool IsSpent => Left <= 0;

    /// <summary>A new step begins.</summary>
    public void Refill() => Left = perStep;

    /// <summary>Whether something is so little that many of its kind fit into a step.</summary>
    public bool IsLittle(int units) => units <= perStep / 64;

    /// <summary>Counts work that was done; true where it is time to pause.</summary>
    public bool Spend(int units)
    {
        Left -= units;
        Total += units;
        return IsSpent;
    }

    /// <summary>Counts bytes that were copied or decoded.</summary>
    public void SpendBytes(int bytes) => Spend(bytes / BytesPerUnit);
}
