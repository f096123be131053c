using Netcd.Engine.Mvcc;

namespace Netcd.Engine.Node.Peers;

/// <summary>The backend's file as of a read lease.</summary>
internal sealed class SnapshotImage(ReadLease lease) : ISnapshotImage
{
    private bool isDisposed;

    /// <inheritdoc/>
    public long SizeBytes => EtcdNode.BackendImageBytes(lease);

    /// <inheritdoc/>
    public void CopyTo(Stream target) => EtcdNode.CopyBackend(lease, target);

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
