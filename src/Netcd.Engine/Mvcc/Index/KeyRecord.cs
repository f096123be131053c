using Netcd.Engine.Records;

namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// What the index knows of one key: its last change, and the older ones that are not compacted. Held by value in a leaf's
/// array: a key costs no object until it is overwritten.
/// </summary>
internal struct KeyRecord
{
    /// <summary>Main revision of the last change.</summary>
    public long ModMain;

    /// <summary>Sub-revision of the last change.</summary>
    public int ModSub;

    /// <summary>How many elements of <see cref="History"/> are part of this record; what lies behind belongs to later ones.</summary>
    public int HistoryCount;

    /// <summary>Main revision at which the key's present life began.</summary>
    public long CreateMain;

    /// <summary>Changes in the key's present life; 0 says that the last change was a deletion.</summary>
    public long Version;

    /// <summary>Older changes in ascending order. Elements are written once; records of older snapshots share the array.</summary>
    public HistoricRevision[]? History;

    public readonly bool IsLive => Version != 0;

    public readonly Revision Mod => new(ModMain, ModSub);

    /// <summary>The change that is visible at a revision; false where the key did not exist then.</summary>
    public readonly bool TryGetAt(long revision, out Revision visible)
    {
        if (ModMain <= revision)
        {
            visible = Mod;
            return IsLive;
        }

        int position = LastAtOrBefore(revision);
        if (position < 0 || History![position].IsTombstone)
        {
            visible = default;
            return false;
        }

        visible = History[position].Revision;
        return true;
    }

    /// <summary>The position in the history of the last change at or before the revision, or -1.</summary>
    public readonly int LastAtOrBefore(long revision)
    {
        int low = 0;
        int high = HistoryCount - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (History![middle].Main <= revision)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    /// <summary>Records a change: the present one moves to the history.</summary>
    public void Advance(Revision revision, bool isTombstone)
    {
        PushHistory();
        if (isTombstone)
        {
            Version = 0;
        }
        else if (IsLive)
        {
            Version++;
        }
        else
        {
            CreateMain = revision.Main;
            Version = 1;
        }

        ModMain = revision.Main;
        ModSub = revision.Sub;
    }

    private void PushHistory()
    {
        HistoricRevision past = new(ModMain, ModSub, !IsLive);
        if (History is null)
        {
            History = new HistoricRevision[2];
        }
        else if (HistoryCount == History.Length || !History[HistoryCount].IsUnused)
        {
            // Full, or a record that branched off an older snapshot has written here: copy, never overwrite.
            Array.Resize(ref History, Math.Max(4, HistoryCount * 2));
            Array.Clear(History, HistoryCount, History.Length - HistoryCount);
        }

        History[HistoryCount++] = past;
    }
}

/// <summary>One older change of a key in 16 bytes.</summary>
internal readonly struct HistoricRevision(long main, int sub, bool isTombstone)
{
    private readonly int subAndKind = (sub << 1) | (isTombstone ? 1 : 0);

    public long Main { get; } = main;

    public bool IsTombstone => (subAndKind & 1) != 0;

    public bool IsUnused => Main == 0;

    public Revision Revision => new(Main, subAndKind >> 1);
}
