using Netcd.Engine.Mvcc;

namespace Netcd.Engine.Snapshots;

/// <summary>The backend's file as of a read lease.</summary>
internal sealed class SnapshotImage(ReadLease lease) : ISnapshotImage
{
    private bool isDisposed;

    /// <inheritdoc/>
    public long SizeBytes => lease.State.View.Transaction.SizeBytes;

    /// <inheritdoc/>
    public void CopyTo(Stream target) => lease.State.View.Transaction.CopyTo(target);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            lease.Dispose();
        }
    }
}
