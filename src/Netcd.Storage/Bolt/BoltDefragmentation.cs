namespace Netcd.Storage.Bolt;

/// <summary>How large a step of a defragmentation may be.</summary>
public sealed record BoltDefragmentationOptions
{
    /// <summary>Pages that a step writes, but for one value that is larger; fewer in a small file.</summary>
    public int PagesPerStep { get; init; } = 256;

    /// <summary>Leaves that a step looks at.</summary>
    public int LooksPerStep { get; init; } = 1024;
}

/// <summary>What a step of a defragmentation came to.</summary>
public enum BoltDefragmentationStep
{
    /// <summary>It has looked at pages that may stay as they are; nothing was written.</summary>
    Looked,

    /// <summary>It was a commit: states read from now on are newer.</summary>
    Committed,

    /// <summary>There is no room to move anything to: it is held by states that are still read. Later there may be.</summary>
    Waits,

    /// <summary>There is nothing more to gain.</summary>
    Done,
}

/// <summary>
/// Makes the file as small as it gets, in steps that are ordinary commits: between any two of them the file is a whole database,
/// and other commits and readers go on. Belongs to the writer's thread.
/// </summary>
/// <remarks>
/// Passes go through the buckets in the order of the keys. Leaves that are half empty are joined with their neighbours, and pages
/// that lie behind the place where the file could end are written anew further down, as any change of them would be. What is free
/// at the end then is cut off, and the file follows when nobody can need that end any more. A pass that gains little is the last.
/// </remarks>
public sealed class BoltDefragmentation
{
    /// <summary>Commits behind a pass: the first sees the pages free that the last step replaced, and cuts them off; by the second
    /// no meta on the disk needs them; the third is for readers that were late. One that shortened the file by as much
    /// as it may does not count: it has left some of it to the next.</summary>
    private const int SettlingCommits = 3;

    private const int MaxPasses = 8;

    /// <summary>A pass that moved less than this part of the pages in use is the last.</summary>
    private const int LeastGain = 200;

    private readonly BoltDatabase database;
    private readonly BoltDefragmentationOptions options;
    private SweepPosition position = SweepPosition.Start;
    private int settled = SettlingCommits;
    private int passes;
    private long movedInPass;
    private bool isDone;

    internal BoltDefragmentation(BoltDatabase database, BoltDefragmentationOptions options)
    {
        this.database = database;
        this.options = options;
    }

    /// <summary>Pages written so far.</summary>
    public long PagesWritten { get; private set; }

    /// <summary>Does the next step.</summary>
    /// <exception cref="IOException">The disk failed, as with <see cref="BoltWriteTransaction.Commit()"/>: where it had no room
    /// the step may be tried again.</exception>
    public BoltDefragmentationStep Step()
    {
        if (isDone)
        {
            return BoltDefragmentationStep.Done;
        }

        if (settled < SettlingCommits)
        {
            return Settle();
        }

        return position.IsEnd ? EndPass() : Sweep();
    }

    /// <summary>Ends it, done or not: what was gained stays.</summary>
    public void End()
    {
        if (!isDone)
        {
            isDone = true;
            database.EndDefragmentation();
        }
    }

    private BoltDefragmentationStep Sweep()
    {
        using BoltWriteTransaction transaction = database.BeginWrite();
        long inUse = database.PagesInUse;
        DefragmentationRoom room = new(database.Freelist, database.HighWater, inUse, options);
        if (!room.IsEnough)
        {
            return BoltDefragmentationStep.Waits;
        }

        SweepPosition reached = new DatabaseSweep(transaction, room).Run(position);
        bool isChanged = transaction.IsChanged;
        if (isChanged)
        {
            transaction.Commit();
        }

        // Only now: a commit for which there was no room has moved nothing.
        position = reached;
        movedInPass += room.Taken;
        PagesWritten += room.Taken;
        settled = position.IsEnd ? 0 : settled;
        return isChanged ? BoltDefragmentationStep.Committed : BoltDefragmentationStep.Looked;
    }

    private BoltDefragmentationStep Settle()
    {
        long length = database.FileSize;
        using BoltWriteTransaction transaction = database.BeginWrite();
        transaction.Commit(database.SyncsFreelist, force: true);
        settled += length - database.FileSize < database.ShorteningStep ? 1 : 0;
        return BoltDefragmentationStep.Committed;
    }

    private BoltDefragmentationStep EndPass()
    {
        passes++;
        long inUse = database.PagesInUse;
        bool isLarge = database.HighWater > DefragmentationRoom.LimitFor(inUse, options);
        if (isLarge && passes < MaxPasses && movedInPass > inUse / LeastGain)
        {
            movedInPass = 0;
            position = SweepPosition.Start;
            return BoltDefragmentationStep.Looked;
        }

        End();
        return BoltDefragmentationStep.Done;
    }
}
