using Netcd.Engine.Hashing;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Records;

namespace Netcd.Engine.Watching;

/// <summary>
/// Watches that read the history together: all of them have been sent everything up to <see cref="Reached"/>, save those whose
/// own next revision lies behind it, which are passed over until then.
/// </summary>
internal sealed class WatchCohort(WatchSettings settings, KeyComparer keys, long reached)
{
    private readonly List<WatchGroup> found = [];
    private readonly List<WatchGroup> touched = [];

    /// <summary>Its watches.</summary>
    public WatchIndex Index { get; } = new(keys);

    /// <summary>The revision up to which all is sent.</summary>
    public long Reached { get; private set; } = reached;

    /// <summary>Goes on without looking at what lies between: no watch wants it.</summary>
    public void SkipTo(long revision) => Reached = Math.Max(Reached, revision);

    /// <summary>
    /// Takes the watches out whose next revision is compacted. One that starts at the compacted revision itself is served, as
    /// in etcd.
    /// </summary>
    public void TakeCompacted(long compactRevision, List<Watch> compacted)
    {
        if (Reached + 1 >= compactRevision)
        {
            return;
        }

        List<Watch> all = [];
        Index.CopyTo(all);
        foreach (Watch watch in all)
        {
            if (Math.Max(watch.Next, Reached + 1) < compactRevision)
            {
                Index.Remove(watch);
                compacted.Add(watch);
            }
        }

        SkipTo(compactRevision - 1);
    }

    /// <summary>
    /// Reads on over a bounded part of the history and puts the events into the streams. A watch whose stream has no room
    /// leaves the cohort, and waits in its stream at the revision that it has reached.
    /// </summary>
    /// <param name="state">The state to read.</param>
    /// <param name="until">The last revision to read.</param>
    /// <param name="revision">The revision for the header; 0 for that of the last event sent.</param>
    public void Advance(ReadState state, long until, long revision)
    {
        long end = Match(state, until);
        EventEncoder encoder = new(state);
        foreach (WatchGroup group in touched)
        {
            for (int i = group.Watches.Count - 1; i >= 0; i--)
            {
                Watch watch = group.Watches[i];
                if (group.Batch(watch.Options, encoder) is { } batch)
                {
                    Deliver(watch, batch, revision);
                }
            }

            group.Clear();
        }

        touched.Clear();
        Reached = end;
    }

    /// <summary>Finds the changes that groups want; returns the last revision looked at. It is never cut in between.</summary>
    private long Match(ReadState state, long until)
    {
        HistoryCursor cursor = new(state, Reached);
        long bytes = 0;
        int records = 0;
        long main = Reached;
        while (cursor.Next() && cursor.Revision.Main <= until)
        {
            if (cursor.Revision.Main != main && (records >= settings.RecordsPerStep || bytes >= settings.BytesPerStep))
            {
                return main;
            }

            main = cursor.Revision.Main;
            records++;
            bytes += cursor.Record.Length;
            Match(cursor);
        }

        return until;
    }

    private void Match(in HistoryCursor cursor)
    {
        Index.Find(KeyValueView.Parse(cursor.Record.Span).Key, found);
        if (found.Count == 0)
        {
            return;
        }

        MatchedChange change = new(cursor.Revision, cursor.IsDeletion, cursor.Record);
        foreach (WatchGroup group in found)
        {
            if (group.Changes.Count == 0)
            {
                touched.Add(group);
            }

            group.Changes.Add(change);
        }

        found.Clear();
    }

    private void Deliver(Watch watch, EventBatch batch, long revision)
    {
        int first = watch.Next > Reached + 1 ? batch.FirstFrom(watch.Next) : 0;
        if (first == batch.Count)
        {
            return;
        }

        WatchMessage message = WatchMessage.Events(
            watch.Id, revision == 0 ? batch.LastRevision : revision, batch, first, batch.Count - first);
        bool isCut = message.QueueBytes >= settings.FragmentBytes && watch.Options.HasFlag(WatchOptions.Fragment);
        if (isCut ? watch.Stream.TryEnqueue(message.Cut(settings.FragmentBytes)) : watch.Stream.TryEnqueue(message))
        {
            watch.IsQuiet = false;
            return;
        }

        watch.Next = batch.RevisionAt(first);
        Index.Remove(watch);
        watch.Stream.Waiting.Add(watch);
    }
}
