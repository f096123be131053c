using Netcd.Engine.Records;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// Walks over the changes after a revision, in the order in which they were made: those in the file, then those that wait for
/// it. What was compacted is missing.
/// </summary>
/// <param name="state">The state to read; its view is held by the caller.</param>
/// <param name="after">The revision after which to begin.</param>
internal struct HistoryCursor(ReadState state, long after)
{
    private readonly PendingRecords pending = state.Pending;
    private readonly BoltCursor? file = IsFileNeeded(state, after) ? state.View.Records.Cursor() : null;
    private bool isInFile = true;
    private bool isBegun;
    private int nextPending = state.Pending.FirstAfter(after);

    /// <summary>The change's place in the history.</summary>
    public Revision Revision { get; private set; }

    /// <summary>Whether it is a deletion.</summary>
    public bool IsDeletion { get; private set; }

    /// <summary>The stored record; valid as long as the view is held.</summary>
    public RecordBytes Record { get; private set; }

    /// <summary>Goes to the next change; false at the end.</summary>
    public bool Next() => (isInFile && NextInFile()) || NextPending();

    private bool NextInFile()
    {
        isInFile = file is not null && (isBegun ? file.Next() : Begin());
        isBegun = true;
        if (!isInFile)
        {
            return false;
        }

        if (!Revision.TryDecode(file!.Key, out Revision revision, out bool isTombstone))
        {
            throw new InvalidDataException("the backend's bucket of records holds a key that is not a revision");
        }

        Revision = revision;
        IsDeletion = isTombstone;
        Record = new RecordBytes(file.Value);
        return true;
    }

    private readonly bool Begin()
    {
        Span<byte> first = stackalloc byte[Revision.EncodedLength];
        new Revision(after + 1, 0).Encode(first);
        return file!.Seek(first);
    }

    private bool NextPending()
    {
        if (nextPending >= pending.Count)
        {
            return false;
        }

        PendingRecord record = pending.Items[nextPending++];
        Revision = record.Revision;
        IsDeletion = record.IsTombstone;
        Record = new RecordBytes(record.Value);
        return true;
    }

    /// <summary>A commit takes whole transactions, so the file holds nothing that was made after the first record that waits.</summary>
    private static bool IsFileNeeded(ReadState state, long after) =>
        state.Pending.Count == 0 ? after < state.Revision : state.Pending.Items[0].Revision.Main > after + 1;
}
