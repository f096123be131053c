using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Protocol.Leasepb;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Leases;

/// <summary>
/// The leases that exist and the keys attached to them, as the log's entries make them: part of the replicated state. What time
/// is left to a lease is not in here, but for what checkpoints say of it.
/// </summary>
/// <remarks>Written and read by the stages that one thread steps; see <see cref="LeaseClock"/> for the time.</remarks>
internal sealed class LeaseTable
{
    private readonly Dictionary<long, GrantedLease> leases;
    private readonly Dictionary<byte[], GrantedLease> attached;
    private readonly Dictionary<byte[], GrantedLease>.AlternateLookup<ReadOnlySpan<byte>> attachedBySpan;

    public LeaseTable(HashSeed seed)
    {
        leases = new Dictionary<long, GrantedLease>(new IdComparer(seed));
        attached = new Dictionary<byte[], GrantedLease>(new KeyComparer(seed));
        attachedBySpan = attached.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>How many leases there are.</summary>
    public int Count => leases.Count;

    /// <summary>All leases, in no order.</summary>
    public IReadOnlyCollection<GrantedLease> All => leases.Values;

    /// <summary>Reads the leases of a backend; their keys come with the records (<see cref="Attach"/>).</summary>
    /// <exception cref="InvalidDataException">The bucket holds something else.</exception>
    public static LeaseTable Restore(BackendView view, HashSeed seed)
    {
        LeaseTable table = new(seed);
        if (view.Transaction.TryGetBucket(Schema.Lease, out BoltBucket? bucket))
        {
            BoltCursor cursor = bucket.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                Lease record = Decode(cursor.Value);
                table.leases[record.ID] = new GrantedLease(record.ID, record.TTL) { RemainingSeconds = record.RemainingTTL };
            }
        }

        return table;
    }

    /// <summary>Whether the lease exists.</summary>
    public bool Contains(long id) => leases.ContainsKey(id);

    /// <summary>Finds a lease.</summary>
    public bool TryFind(long id, [NotNullWhen(true)] out GrantedLease? lease) => leases.TryGetValue(id, out lease);

    /// <summary>Adds a lease that does not exist yet.</summary>
    public void Grant(long id, long ttlSeconds, List<BucketChange> changes)
    {
        GrantedLease lease = new(id, ttlSeconds);
        leases.Add(id, lease);
        changes.Add(Stored(lease));
    }

    /// <summary>Removes a lease; its keys are deleted already.</summary>
    public void Remove(GrantedLease lease, List<BucketChange> changes)
    {
        if (lease.KeyCount > 0)
        {
            throw new InvalidOperationException($"lease {lease.Id:x16} was to be removed with {lease.KeyCount} keys attached to it");
        }

        leases.Remove(lease.Id);
        lease.IsRevoked = true;
        changes.Add(new BucketChange(Schema.Lease.ToArray(), EncodeId(lease.Id), null));
    }

    /// <summary>Notes how much time is left to a lease.</summary>
    public static void Checkpoint(GrantedLease lease, long remainingSeconds, List<BucketChange> changes)
    {
        lease.RemainingSeconds = remainingSeconds;
        changes.Add(Stored(lease));
    }

    /// <summary>
    /// A key was put with a lease, or with none (0): it leaves the one that it was on. A lease that does not exist counts as none; only
    /// a damaged directory has records of one.
    /// </summary>
    public void Attach(ReadOnlySpan<byte> key, long leaseId)
    {
        GrantedLease? lease = leaseId == 0 ? null : leases.GetValueOrDefault(leaseId);
        if (lease is null)
        {
            Detach(key);
            return;
        }

        if (!attachedBySpan.TryGetValue(key, out byte[]? known, out GrantedLease? previous))
        {
            known = key.ToArray();
        }
        else if (previous == lease)
        {
            return;
        }
        else
        {
            previous.Remove(known);
        }

        attached[known] = lease;
        lease.Add(known);
    }

    /// <summary>A key is deleted, or put without a lease.</summary>
    public void Detach(ReadOnlySpan<byte> key)
    {
        if (attached.Count > 0 && attachedBySpan.Remove(key, out byte[]? known, out GrantedLease? lease))
        {
            lease.Remove(known);
        }
    }

    private static BucketChange Stored(GrantedLease lease) => new(
        Schema.Lease.ToArray(),
        EncodeId(lease.Id),
        new Lease { ID = lease.Id, TTL = lease.TtlSeconds, RemainingTTL = lease.RemainingSeconds }.ToByteArray());

    /// <summary>Ids may be negative: all bits count (etcd PR 14239).</summary>
    private static byte[] EncodeId(long id)
    {
        byte[] key = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(key, id);
        return key;
    }

    private static Lease Decode(ReadOnlySpan<byte> record)
    {
        try
        {
            return Lease.Parser.ParseFrom(record);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException("the backend's lease bucket holds what is not a lease", failure);
        }
    }
}
