using System.Buffers.Binary;
using Netcd.Engine.Backend;
using Netcd.Storage.Bolt;

namespace Netcd.Engine;

/// <summary>The leases that exist. A directory taken over from etcd may hold some; keys may be attached to them.</summary>
internal sealed class LeaseTable
{
    private readonly HashSet<long> ids = [];

    /// <summary>Reads the leases of a backend.</summary>
    public static LeaseTable Restore(BackendView view)
    {
        LeaseTable table = new();
        if (view.Transaction.TryGetBucket(Schema.Lease, out BoltBucket? leases))
        {
            BoltCursor cursor = leases.Cursor();
            for (bool found = cursor.First(); found; found = cursor.Next())
            {
                if (cursor.Key.Length == sizeof(long))
                {
                    table.ids.Add(BinaryPrimitives.ReadInt64BigEndian(cursor.Key));
                }
            }
        }

        return table;
    }

    /// <summary>Whether the lease exists.</summary>
    public bool Contains(long id) => ids.Contains(id);
}
