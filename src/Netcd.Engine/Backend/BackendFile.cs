using System.Buffers.Binary;
using Netcd.Engine.Metering;
using Netcd.Engine.Records;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Backend;

/// <summary>The backend's file: etcd's buckets in bbolt's format. One writer (the backend stage), readers through views.</summary>
internal sealed class BackendFile : IDisposable
{
    /// <summary>Records come in ascending order, so pages may be filled: nothing is inserted between them.</summary>
    private const double AppendFillPercent = 0.9;

    private readonly BoltDatabase database;
    private readonly Counter views = new();

    private BackendFile(BoltDatabase database) => this.database = database;

    /// <summary>The file's size in bytes.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>States of the file that somebody reads.</summary>
    public long OpenViews => views.Value;

    /// <summary>Bytes of it in use.</summary>
    public long SizeInUseBytes { get; private set; }

    /// <summary>Whether another commit may be tried after one that failed: the disk was full, and nothing else is wrong.</summary>
    public bool TakesWrites => database.TakesWrites;

    /// <summary>Where it lies.</summary>
    public string Path => database.Path;

    /// <summary>Bytes a page.</summary>
    public int PageSize => database.PageSize;

    /// <summary>Opens or creates the file, with all buckets, and locks it.</summary>
    /// <exception cref="DiskLockedException">Another process has it.</exception>
    /// <exception cref="BoltFormatException">It is not a backend file, or is a damaged one.</exception>
    public static BackendFile Open(IDisk disk, string path)
    {
        BackendFile file = new(BoltDatabase.Open(disk, path));
        try
        {
            using BoltWriteTransaction transaction = file.database.BeginWrite();
            if (!Schema.All.All(bucket => transaction.TryGetBucket(bucket, out _)))
            {
                Create(transaction);
                transaction.Commit();
            }
        }
        catch (InvalidOperationException failure)
        {
            file.Abandon();
            throw new BoltFormatException(path, null, "a value stands where a bucket should, or a bucket in a value's place", failure);
        }
        catch
        {
            file.Abandon();
            throw;
        }

        file.Measure();
        return file;
    }

    /// <summary>A view of the last commit.</summary>
    public BackendView OpenView() => new(database.BeginRead(), views);

    /// <summary>Writes a batch; when it returns, all of it is durable.</summary>
    public void Commit(BackendBatch batch)
    {
        using BoltWriteTransaction transaction = database.BeginWrite();
        BoltBucket keys = transaction.CreateBucketIfNotExists(Schema.Key);
        keys.FillPercent = AppendFillPercent;
        Span<byte> key = stackalloc byte[Revision.TombstoneLength];
        foreach (CompactedRecord deletion in batch.Deletions)
        {
            keys.Delete(EncodeKey(key, deletion.Revision, deletion.IsTombstone));
        }

        foreach (ref readonly PendingRecord record in batch.Records.Items)
        {
            keys.Put(EncodeKey(key, record.Revision, record.IsTombstone), record.Value);
        }

        foreach (BucketChange change in batch.Changes)
        {
            BoltBucket bucket = transaction.CreateBucketIfNotExists(change.Bucket);
            if (change.Value is null)
            {
                bucket.Delete(change.Key);
            }
            else
            {
                bucket.Put(change.Key, change.Value);
            }
        }

        PutPosition(transaction, batch);
        transaction.Commit();
        Measure();
    }

    /// <summary>Begins to make the file as small as it gets.</summary>
    public BoltDefragmentation BeginDefragmentation() => database.BeginDefragmentation(new BoltDefragmentationOptions
    {
        PagesPerStep = Limits.DefragmentationBytesPerStep / database.PageSize,
        LooksPerStep = Limits.DefragmentationLeavesPerStep,
    });

    /// <summary>Does a step of that: a commit that changes nothing but where the pages lie.</summary>
    public BoltDefragmentationStep Step(BoltDefragmentation defragmentation)
    {
        BoltDefragmentationStep step = defragmentation.Step();
        if (step == BoltDefragmentationStep.Committed)
        {
            Measure();
        }

        return step;
    }

    /// <inheritdoc/>
    public void Dispose() => database.Dispose();

    /// <summary>Closes a file that another one has replaced, or that a start cannot use: nothing is written to it any more.</summary>
    public void Abandon() => database.Abandon();

    /// <summary>Makes the buckets, and the auth store's first revision, which etcd writes into every new file too.</summary>
    private static void Create(BoltWriteTransaction transaction)
    {
        foreach (byte[] bucket in Schema.All)
        {
            transaction.CreateBucketIfNotExists(bucket);
        }

        BoltBucket auth = transaction.CreateBucketIfNotExists(Schema.Auth);
        if (!auth.TryGet(Schema.AuthRevision, out _))
        {
            Span<byte> first = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(first, 1);
            auth.Put(Schema.AuthRevision, first);
        }
    }

    private static ReadOnlySpan<byte> EncodeKey(Span<byte> buffer, Revision revision, bool isTombstone)
    {
        Span<byte> key = buffer[..(isTombstone ? Revision.TombstoneLength : Revision.EncodedLength)];
        revision.Encode(key);
        return key;
    }

    private static void PutPosition(BoltWriteTransaction transaction, BackendBatch batch)
    {
        BoltBucket meta = transaction.CreateBucketIfNotExists(Schema.Meta);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, batch.ConsistentIndex);
        meta.Put(Schema.ConsistentIndex, number);
        BinaryPrimitives.WriteUInt64BigEndian(number, batch.Term);
        meta.Put(Schema.Term, number);
    }

    private void Measure()
    {
        using BoltReadTransaction transaction = database.BeginRead();
        SizeBytes = transaction.SizeBytes;
        SizeInUseBytes = transaction.SizeBytes - transaction.FreeBytes;
    }
}
