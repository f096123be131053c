using System.Text;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Interop.Upkeep;

/// <summary>Damages the database of a member that is stopped, so that nothing but a comparison with others finds it.</summary>
internal static class DamagedMember
{
    /// <summary>Changes a byte of a value that every record of a key has.</summary>
    /// <param name="dataDirectory">The member's.</param>
    /// <param name="value">The value, which nothing else in the file holds.</param>
    public static void Change(string dataDirectory, string value)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(value);
        using BoltDatabase database = BoltDatabase.Open(
            PhysicalDisk.Instance, Path.Combine(dataDirectory, "member", "snap", "db"));
        using BoltWriteTransaction transaction = database.BeginWrite();
        Assert.True(transaction.TryGetBucket("key"u8, out BoltBucket? records));
        List<(byte[] Key, byte[] Record)> damaged = [];
        BoltCursor cursor = records.Cursor();
        for (bool found = cursor.First(); found; found = cursor.Next())
        {
            int at = cursor.Value.IndexOf(wanted);
            if (at >= 0)
            {
                byte[] record = cursor.Value.ToArray();
                record[at]++;
                damaged.Add((cursor.Key.ToArray(), record));
            }
        }

        Assert.NotEmpty(damaged);
        damaged.ForEach(change => records.Put(change.Key, change.Record));
        transaction.Commit();
    }
}
