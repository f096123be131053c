using System.Diagnostics.CodeAnalysis;

namespace Netcd.Storage.Bolt;

/// <summary>
/// A committed state, unchanging whatever is written after it. Any number of threads may read from one at once; it must be
/// ended only when none does any more. Pages that it can reach are not reused while it is held.
/// </summary>
public sealed class BoltReadTransaction : BoltTransaction
{
    private readonly BoltBucket root;
    private int ended;

    internal BoltReadTransaction(BoltDatabase database, BoltSnapshot view)
        : base(database, view)
    {
        root = new BoltBucket(this, view.Meta.RootPage, view.Meta.RootSequence);
    }

    /// <inheritdoc/>
    public override long TransactionId => (long)View.Meta.TransactionId;

    internal override BoltBucket RootBucket => root;

    /// <inheritdoc/>
    public override bool TryGetBucket(ReadOnlySpan<byte> name, [NotNullWhen(true)] out BoltBucket? bucket) =>
        root.TryGetBucket(name, out bucket);

    /// <summary>Ends it; spans read from it are no longer valid. A second call does nothing.</summary>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref ended, 1) == 0)
        {
            IsEnded = true;
            View.Release();
        }
    }
}
