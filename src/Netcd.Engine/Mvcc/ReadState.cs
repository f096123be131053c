using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// What readers see: the store at one revision. Immutable; the writer publishes a new one after each batch that it applies
/// and after each commit of the backend.
/// </summary>
internal sealed class ReadState(KeyIndexView index, long revision, long compactRevision, PendingRecords pending, BackendView view)
{
    public KeyIndexView Index { get; } = index;

    /// <summary>The store's revision.</summary>
    public long Revision { get; } = revision;

    /// <summary>The revision compacted to, or -1.</summary>
    public long CompactRevision { get; } = compactRevision;

    public PendingRecords Pending { get; } = pending;

    public BackendView View { get; } = view;

    /// <summary>Reads a record that the index names.</summary>
    public RecordBytes ReadRecord(Revision revision) =>
        Pending.TryGet(revision, out byte[] value) ? new RecordBytes(value) : View.ReadRecord(revision);
}
