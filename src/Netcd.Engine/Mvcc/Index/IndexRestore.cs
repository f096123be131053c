namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// Builds the index of a store's records, which come in the order of revisions: batch by batch, and while one is read the one before it
/// is taken into the index by another thread. What comes of it does not depend on how the threads take turns.
/// </summary>
internal sealed class IndexRestore
{
    private readonly KeyIndex index = new();
    private readonly IndexMerge merge;
    private readonly int batchRecords;
    private readonly Func<Action, Action> beside;
    private Action waitForMerge = static () => { };
    private RestoreBatch reading = new();
    private RestoreBatch spare = new();

    /// <summary>Begins with an empty index.</summary>
    /// <param name="batchRecords">How many records are taken into the index at once.</param>
    /// <param name="beside">Begins a piece of work on another thread, and returns what waits for it; null where there is none.</param>
    public IndexRestore(int batchRecords, Func<Action, Action>? beside)
    {
        this.beside = beside ?? DoAtOnce;
        this.batchRecords = batchRecords;
        merge = new IndexMerge(index);
    }

    public void Add(ReadOnlySpan<byte> key, RestoredChange change)
    {
        reading.Add(key, change);
        if (reading.Count >= batchRecords)
        {
            HandOver();
        }
    }

    /// <summary>The index of all that was added.</summary>
    public KeyIndex End()
    {
        reading.Sort();
        waitForMerge();
        merge.Run(reading);
        return index;
    }

    private void HandOver()
    {
        RestoreBatch full = reading;
        full.Sort();
        waitForMerge();
        reading = spare;
        reading.Clear();
        spare = full;
        waitForMerge = beside(() => merge.Run(full));
    }

    private static Action DoAtOnce(Action work)
    {
        work();
        return static () => { };
    }
}
