using Netcd.Engine.Metering;
using Netcd.Engine.Records;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Backend;

/// <summary>
/// One committed state of the backend's file, shared by all who read at it: its pages are not reused before the last of
/// them has let go.
/// </summary>
internal sealed class BackendView
{
    private readonly BoltReadTransaction transaction;
    private readonly BoltBucket keyBucket;
    private readonly Counter? open;
    private int references = 1;

    /// <summary>A view of a state.</summary>
    /// <param name="transaction">Holds the state.</param>
    /// <param name="open">Counts the views that are open; null where nobody asks.</param>
    public BackendView(BoltReadTransaction transaction, Counter? open = null)
    {
        this.transaction = transaction;
        this.open = open;
        open?.Increment();
        keyBucket = transaction.TryGetBucket(Schema.Key, out BoltBucket? bucket)
            ? bucket
            : throw new InvalidDataException("the backend has no bucket named key");
    }

    public BoltReadTransaction Transaction => transaction;

    /// <summary>The <c>key</c> bucket.</summary>
    public BoltBucket Records => keyBucket;

    /// <summary>Takes part; false where the last reader has gone already.</summary>
    public bool TryAcquire()
    {
        int seen = Volatile.Read(ref references);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            open?.Decrement();
            transaction.Dispose();
        }
    }

    /// <summary>Reads a record of the <c>key</c> bucket.</summary>
    /// <exception cref="InvalidDataException">The index knows the record and the file does not have it.</exception>
    public RecordBytes ReadRecord(Revision revision)
    {
        Span<byte> key = stackalloc byte[Revision.EncodedLength];
        revision.Encode(key);
        if (!keyBucket.TryGet(key, out ReadOnlySpan<byte> value))
        {
            throw new InvalidDataException($"the backend lacks the record of revision {revision.Main}.{revision.Sub}");
        }

        return new RecordBytes(value);
    }
}
