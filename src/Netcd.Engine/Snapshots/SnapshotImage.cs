using Netcd.Engine.Mvcc;
using Netcd.Engine.Peers;

namespace Netcd.Engine.Snapshots;

/// <summary>The backend's file as of a read handle.</summary>
internal sealed class SnapshotImage(ReadHandle handle) : ISnapshotImage
{
    private bool isDisposed;

    /// <inheritdoc/>
    public long SizeBytes => handle.ImageBytes;

    /// <inheritdoc/>
    public void CopyTo(Stream target) => handle.CopyImage(target);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            handle.Dispose();
        }
    }
}
