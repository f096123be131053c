using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Storage;

namespace Netcd.Engine.Records;

/// <summary>An encoded KeyValue taken apart in place.</summary>
public readonly ref struct KeyValueView
{
    private const uint KeyTag = (1 << 3) | 2;
    private const uint CreateTag = 2 << 3;
    private const uint ModTag = 3 << 3;
    private const uint VersionTag = 4 << 3;
    private const uint ValueTag = (5 << 3) | 2;
    private const uint LeaseTag = 6 << 3;

    private KeyValueView(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long create, long mod, long version, long lease)
    {
        Key = key;
        Value = value;
        CreateRevision = create;
        ModRevision = mod;
        Version = version;
        Lease = lease;
    }

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The revision at which the key's life began.</summary>
    public long CreateRevision { get; }

    /// <summary>The revision of this change.</summary>
    public long ModRevision { get; }

    /// <summary>Changes since the key was created, this one included.</summary>
    public long Version { get; }

    /// <summary>The lease that the key is attached to, or 0.</summary>
    public long Lease { get; }

    /// <summary>Takes a record apart.</summary>
    /// <exception cref="InvalidDataException">The bytes are no KeyValue.</exception>
    public static KeyValueView Parse(ReadOnlySpan<byte> record)
    {
        ReadOnlySpan<byte> key = default;
        ReadOnlySpan<byte> value = default;
        long create = 0;
        long mod = 0;
        long version = 0;
        long lease = 0;
        while (!record.IsEmpty)
        {
            uint tag = (uint)ReadVarint(ref record);
            switch (tag)
            {
                case KeyTag: key = ReadBytes(ref record); break;
                case CreateTag: create = (long)ReadVarint(ref record); break;
                case ModTag: mod = (long)ReadVarint(ref record); break;
                case VersionTag: version = (long)ReadVarint(ref record); break;
                case ValueTag: value = ReadBytes(ref record); break;
                case LeaseTag: lease = (long)ReadVarint(ref record); break;
                default: throw new InvalidDataException($"a stored key-value record has an unknown field (tag {tag})");
            }
        }

        return new KeyValueView(key, value, create, mod, version, lease);
    }

    /// <summary>Encodes a record as etcd does: fields in order, zeros left out.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long create, long mod, long version, long lease)
    {
        int length = BytesLength(key) + VarintFieldLength(create) + VarintFieldLength(mod) + VarintFieldLength(version)
            + BytesLength(value) + VarintFieldLength(lease);
        byte[] record = GC.AllocateUninitializedArray<byte>(length);
        Span<byte> rest = record;
        WriteBytes(ref rest, KeyTag, key);
        WriteVarintField(ref rest, CreateTag, create);
        WriteVarintField(ref rest, ModTag, mod);
        WriteVarintField(ref rest, VersionTag, version);
        WriteBytes(ref rest, ValueTag, value);
        WriteVarintField(ref rest, LeaseTag, lease);
        return record;
    }

    /// <summary>The record without its value.</summary>
    public byte[] EncodeWithoutValue() => Encode(Key, default, CreateRevision, ModRevision, Version, Lease);

    /// <summary>The record as a message of its own.</summary>
    public KeyValue ToMessage() => new()
    {
        Key = ByteString.CopyFrom(Key),
        Value = ByteString.CopyFrom(Value),
        CreateRevision = CreateRevision,
        ModRevision = ModRevision,
        Version = Version,
        Lease = Lease,
    };

    private static ulong ReadVarint(scoped ref ReadOnlySpan<byte> rest)
    {
        return Varint.TryTake(ref rest, out ulong value) ? value : throw new InvalidDataException("a stored key-value record is cut short");
    }

    private static ReadOnlySpan<byte> ReadBytes(scoped ref ReadOnlySpan<byte> rest)
    {
        ulong length = ReadVarint(ref rest);
        if (length > (ulong)rest.Length)
        {
            throw new InvalidDataException("a stored key-value record is cut short");
        }

        ReadOnlySpan<byte> bytes = rest[..(int)length];
        rest = rest[(int)length..];
        return bytes;
    }

    private static int VarintFieldLength(long value) => value == 0 ? 0 : 1 + Varint.Length((ulong)value);

    private static int BytesLength(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? 0 : 1 + Varint.Length((ulong)bytes.Length) + bytes.Length;

    private static void WriteVarint(ref Span<byte> rest, ulong value)
    {
        rest = rest[Varint.Write(rest, value)..];
    }

    private static void WriteVarintField(ref Span<byte> rest, uint tag, long value)
    {
        if (value != 0)
        {
            WriteVarint(ref rest, tag);
            WriteVarint(ref rest, (ulong)value);
        }
    }

    private static void WriteBytes(ref Span<byte> rest, uint tag, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            WriteVarint(ref rest, tag);
            WriteVarint(ref rest, (ulong)bytes.Length);
            bytes.CopyTo(rest);
            rest = rest[bytes.Length..];
        }
    }
}
