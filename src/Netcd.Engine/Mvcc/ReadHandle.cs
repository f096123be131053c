using Netcd.Protocol.V3;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// The store at one revision, for reading. What is read points into pages of the database file, which are not used for something else
/// before the handle is disposed: dispose it when the result is encoded, and soon, as pages that are held back make the file grow.
/// </summary>
public readonly struct ReadHandle : IDisposable
{
    private readonly ReadState state;

    internal ReadHandle(ReadState state) => this.state = state;

    internal ReadState State => state;

    /// <summary>Bytes of the file that <see cref="CopyImage"/> writes.</summary>
    public long ImageBytes => state.View.Transaction.SizeBytes;

    /// <summary>Runs a checked Range.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public RangeResult Range(RangeRequest request, CancellationToken cancellation = default) =>
        RangeReader.Read(state, request, cancellation: cancellation);

    /// <summary>Runs a checked Range without counting the keys behind its limit.</summary>
    public RangeResult RangeUncounted(RangeRequest request) => RangeReader.Read(state, request, countsAll: false);

    /// <summary>The keys that a checked Range looks at, about.</summary>
    public long KeysToRead(RangeRequest request) => RangeReader.KeysToRead(state, request);

    /// <summary>The Hash sum over the backend's file, without raft's position; for equal sums on all members commit it before
    /// (<c>EtcdNode.ForceCommit</c>).</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public uint HashBackend(CancellationToken cancellation = default) => StoreHash.HashBackend(state.View, cancellation);

    /// <summary>Writes an image of the backend's file.</summary>
    public void CopyImage(Stream target) => state.View.Transaction.CopyTo(target);

    /// <summary>Reads from the file that <see cref="CopyImage"/> writes.</summary>
    /// <returns>The bytes read; fewer than asked for only at its end.</returns>
    public int ReadImage(long offset, Span<byte> buffer) => state.View.Transaction.ReadImage(offset, buffer);

    /// <inheritdoc/>
    public void Dispose() => state?.View.Release();
}
