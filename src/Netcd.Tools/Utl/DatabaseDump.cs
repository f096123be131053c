using System.Globalization;
using System.Text;
using Netcd.Engine.Offline;
using Netcd.Engine.Records;
using Netcd.Storage.Bolt;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Utl;

/// <summary>Writes what a database holds, a line a record. Passwords' hashes are left out.</summary>
internal sealed class DatabaseDump(BoltDatabase database, TextWriter output)
{
    private const string Keys = "key";
    private const string Users = "authUsers";

    /// <summary>Writes one bucket, or all where it has no name.</summary>
    /// <exception cref="OfflineException">There is no such bucket, or the file is damaged.</exception>
    public void Write(string bucket)
    {
        using BoltReadTransaction transaction = database.BeginRead();
        try
        {
            IEnumerable<string> names = bucket.Length > 0 ? [bucket] : transaction.BucketNames().Select(Encoding.UTF8.GetString);
            foreach (string name in names)
            {
                Write(transaction, name);
            }
        }
        catch (Exception damaged) when (damaged is BoltFormatException or InvalidDataException)
        {
            throw new OfflineException($"{database.Path}: {damaged.Message}", damaged);
        }
    }

    private void Write(BoltReadTransaction transaction, string name)
    {
        if (!transaction.TryGetBucket(Encoding.UTF8.GetBytes(name), out BoltBucket? bucket))
        {
            throw new OfflineException($"{database.Path} has no bucket {GoText.Quote(name)}");
        }

        BoltCursor cursor = bucket.Cursor();
        for (bool found = cursor.First(); found; found = cursor.Next())
        {
            output.WriteLine(name + " " + Describe(name, cursor.Key, cursor.Value));
        }
    }

    private static string Describe(string bucket, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (bucket == Keys && Revision.TryDecode(key, out Revision revision, out bool isTombstone))
        {
            KeyValueView kv = KeyValueView.Parse(value);
            string place = string.Create(CultureInfo.InvariantCulture, $"{revision.Main}.{revision.Sub}");
            return isTombstone
                ? $"{place} delete {Text(kv.Key)}"
                : $"{place} put {Text(kv.Key)} " + string.Create(
                    CultureInfo.InvariantCulture,
                    $"create={kv.CreateRevision} version={kv.Version} lease={kv.Lease:x} value={kv.Value.Length} bytes");
        }

        return Text(key) + " = " + (bucket == Users
            ? string.Create(CultureInfo.InvariantCulture, $"{value.Length} bytes with the hash of a password")
            : Text(value));
    }

    /// <summary>Printable text in quotes; all else as hexadecimal digits.</summary>
    internal static string Text(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value is < (byte)' ' or > (byte)'~')
            {
                return "0x" + Convert.ToHexStringLower(bytes);
            }
        }

        return GoText.Quote(Encoding.ASCII.GetString(bytes));
    }
}
