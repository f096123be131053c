using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;

namespace Netcd.Server.Flight;

/// <summary>
/// The last minutes of a member: what its stages did, how its files were flushed, where raft stood and who led. All of it lies in rings of
/// a fixed size, each written by one thread, so that nobody waits for it; it is written out when somebody wants to know what has
/// happened.
/// </summary>
/// <param name="clock">The time of what is noted.</param>
internal sealed class FlightRecorder(MonotonicClock clock)
{
    /// <summary>Over how long a time steps and flushes are added up.</summary>
    public const long SlotNanoseconds = 250_000_000;

    /// <summary>Slots of a stage and of a file that are kept: five minutes, and longer where it is idle in between.</summary>
    public const int Slots = 1_200;

    /// <summary>Long steps of a stage, and changes of the leader, that are kept.</summary>
    public const int Events = 256;

    /// <summary>A step that takes so long is noted by itself: nothing else goes on in its thread meanwhile.</summary>
    public const long LongStepNanoseconds = 50_000_000;

    private readonly List<StageFlight> stages = [];
    private readonly FlightRing<PositionRecord> positions = new(Slots);
    private readonly FlightRing<PositionRecord> leaders = new(Events);
    private readonly FlightRing<CollectionRecord> collections = new(Slots);
    private CollectionRecord lastCollections = CollectionRecord.UntilNow(0);
    private RaftPosition? seen;
    private long nextPosition = long.MinValue;

    /// <summary>The time.</summary>
    public MonotonicClock Clock => clock;

    /// <summary>The stages.</summary>
    public IReadOnlyList<StageFlight> Stages => stages;

    /// <summary>The write-ahead log.</summary>
    public FlushFlight Log { get; } = new("wal");

    /// <summary>The database's file.</summary>
    public FlushFlight Database { get; } = new("db");

    /// <summary>Where raft stood, once a slot where it moved.</summary>
    public List<PositionRecord> ReadPositions() => positions.Read();

    /// <summary>Where raft stood when another leader, or none, was known.</summary>
    public List<PositionRecord> ReadLeaders() => leaders.Read();

    /// <summary>What the garbage collector did between one position and the next, where it did something.</summary>
    public List<CollectionRecord> ReadCollections() => collections.Read();

    /// <summary>Makes a stage known, before any runs.</summary>
    public StageFlight Add(string stage)
    {
        StageFlight added = new(stage);
        stages.Add(added);
        return added;
    }

    /// <summary>Looks where raft stands; by the thread that steps it alone.</summary>
    /// <remarks>Hot path: a position that has not changed is the same object.</remarks>
    public void Observe(RaftPosition position, long now)
    {
        if (ReferenceEquals(position, seen))
        {
            return;
        }

        bool isOtherLeader = position.LeaderId != (seen?.LeaderId ?? default) || position.Term != (seen?.Term ?? 0);
        seen = position;
        if (!isOtherLeader && now < nextPosition)
        {
            return;
        }

        PositionRecord record = new(now, position.LeaderId, position.Term, position.CommitIndex, position.AppliedIndex);
        if (isOtherLeader)
        {
            leaders.Add(record);
        }

        positions.Add(record);
        nextPosition = now + SlotNanoseconds;
        ObserveCollections(now);
    }

    private void ObserveCollections(long now)
    {
        CollectionRecord all = CollectionRecord.UntilNow(now);
        if (all.Collections != lastCollections.Collections)
        {
            collections.Add(all.Since(lastCollections));
            lastCollections = all;
        }
    }
}

/// <summary>Where raft stood.</summary>
/// <param name="At">When.</param>
/// <param name="Leader">The leader, or 0.</param>
/// <param name="Term">The term.</param>
/// <param name="Commit">The last index known to be committed.</param>
/// <param name="Applied">The last index that readers see.</param>
internal readonly record struct PositionRecord(long At, ulong Leader, ulong Term, ulong Commit, ulong Applied);

/// <summary>What the garbage collector did: while it pauses the process, every stage and every call stands still.</summary>
/// <param name="At">When it was looked at.</param>
/// <param name="Collections">Collections of any generation.</param>
/// <param name="FullCollections">Those of the oldest generation, in the background or not.</param>
/// <param name="Paused">Nanoseconds in pauses.</param>
internal readonly record struct CollectionRecord(long At, int Collections, int FullCollections, long Paused)
{
    /// <summary>Since the process started.</summary>
    public static CollectionRecord UntilNow(long now) =>
        new(now, GC.CollectionCount(0), GC.CollectionCount(GC.MaxGeneration), (long)GC.GetTotalPauseDuration().TotalNanoseconds);

    /// <summary>Since an earlier look.</summary>
    public CollectionRecord Since(CollectionRecord earlier) =>
        new(At, Collections - earlier.Collections, FullCollections - earlier.FullCollections, Paused - earlier.Paused);
}
