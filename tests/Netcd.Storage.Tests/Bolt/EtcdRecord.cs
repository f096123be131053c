using System.Buffers.Binary;
using System.Text;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>A record of etcd's `key` bucket, encoded by hand: what the bytes in a backend file look like.</summary>
internal static class EtcdRecord
{
    public static byte[] Key(long main, long sub)
    {
        byte[] key = new byte[17];
        BinaryPrimitives.WriteInt64BigEndian(key, main);
        key[8] = (byte)'_';
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(9), sub);
        return key;
    }

    public static byte[] Value(string key, byte[] value, long created, long modified, long version)
    {
        using MemoryStream message = new();
        Bytes(message, 1, Encoding.UTF8.GetBytes(key));
        Number(message, 2, created);
        Number(message, 3, modified);
        Number(message, 4, version);
        Bytes(message, 5, value);
        return message.ToArray();
    }

    private static void Bytes(MemoryStream to, int field, byte[] value)
    {
        Varint(to, (ulong)(field << 3) | 2);
        Varint(to, (ulong)value.Length);
        to.Write(value);
    }

    private static void Number(MemoryStream to, int field, long value)
    {
        Varint(to, (ulong)(field << 3));
        Varint(to, (ulong)value);
    }

    private static void Varint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.WriteByte((byte)(value | 0x80));
        }

        to.WriteByte((byte)value);
    }
}
