using System.Globalization;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Snapshots;

/// <summary>A raft snapshot as etcd keeps it beside the database: where it stands, the members then, and their names.</summary>
/// <param name="Index">The index of the last entry that it covers.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="ConfState">The raft configuration at that entry.</param>
/// <param name="Data">What etcd 3.5 recovers its membership from, see <see cref="V2StoreImage"/>; etcd 3.6 and we do without.</param>
public sealed record SnapshotFile(ulong Index, ulong Term, ConfState ConfState, ReadOnlyMemory<byte> Data)
{
    internal const string Suffix = ".snap";

    /// <summary>Characters of <see cref="Name"/>.</summary>
    internal const int NameLength = 16 + 1 + 16 + 5;

    /// <summary>The file's name: term and index in 16 hexadecimal digits each.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Term:x16}-{Index:x16}{Suffix}");

    /// <summary>The marker by which the write-ahead log says that this snapshot exists.</summary>
    public WalMarker ToMarker() => new(Index, Term, ConfState.Encode());

    /// <summary>Encodes the raftpb.Snapshot alone, as it is sent to peers.</summary>
    public byte[] EncodeRaftSnapshot()
    {
        byte[] confState = ConfState.Encode();
        Span<byte> metadata = new byte[confState.Length + (4 * (1 + Varint.MaxBytes))];
        int metadataBytes = ProtoWire.WriteBytesHead(metadata, 1, confState.Length);
        confState.CopyTo(metadata[metadataBytes..]);
        metadataBytes += confState.Length;
        metadataBytes += ProtoWire.WriteField(metadata[metadataBytes..], 2, Index);
        metadataBytes += ProtoWire.WriteField(metadata[metadataBytes..], 3, Term);

        byte[] target = new byte[Data.Length + metadataBytes + (2 * (1 + Varint.MaxBytes))];
        int at = 0;
        if (!Data.IsEmpty)
        {
            at = ProtoWire.WriteBytesHead(target, 1, Data.Length);
            Data.Span.CopyTo(target.AsSpan(at));
            at += Data.Length;
        }

        at += ProtoWire.WriteBytesHead(target.AsSpan(at), 2, metadataBytes);
        metadata[..metadataBytes].CopyTo(target.AsSpan(at));
        return target[..(at + metadataBytes)];
    }

    /// <summary>Decodes a raftpb.Snapshot.</summary>
    /// <exception cref="InvalidDataException">It is not a snapshot.</exception>
    public static SnapshotFile DecodeRaftSnapshot(ReadOnlySpan<byte> message)
    {
        byte[] data = [];
        ulong index = 0;
        ulong term = 0;
        ConfState confState = new();
        ProtoFields fields = new(message);
        while (fields.MoveNext())
        {
            if (fields is { Field: 1, HoldsBytes: true })
            {
                data = fields.Bytes.ToArray();
            }
            else if (fields is { Field: 2, HoldsBytes: true })
            {
                ReadMetadata(fields.Bytes, ref index, ref term, ref confState);
            }
        }

        return fields.IsMalformed
            ? throw new InvalidDataException("not a raftpb.Snapshot")
            : new SnapshotFile(index, term, confState, data);
    }

    /// <summary>Encodes the file: snappb.Snapshot, the sum and the raftpb.Snapshot.</summary>
    internal byte[] Encode()
    {
        byte[] snapshot = EncodeRaftSnapshot();
        byte[] target = new byte[snapshot.Length + (2 * (1 + Varint.MaxBytes))];
        int at = ProtoWire.WriteField(target, 1, Crc32C.Append(0, snapshot));
        at += ProtoWire.WriteBytesHead(target.AsSpan(at), 2, snapshot.Length);
        snapshot.CopyTo(target, at);
        return target[..(at + snapshot.Length)];
    }

    /// <summary>Decodes a file.</summary>
    /// <exception cref="InvalidDataException">It is not a snapshot, or its sum does not match.</exception>
    internal static SnapshotFile Decode(ReadOnlySpan<byte> file)
    {
        ulong sum = 0;
        ReadOnlySpan<byte> snapshot = default;
        ProtoFields fields = new(file);
        while (fields.MoveNext())
        {
            if (fields is { Field: 1, HoldsBytes: false })
            {
                sum = fields.Value;
            }
            else if (fields is { Field: 2, HoldsBytes: true })
            {
                snapshot = fields.Bytes;
            }
        }

        if (fields.IsMalformed || snapshot.IsEmpty)
        {
            throw new InvalidDataException("no snapshot in it");
        }

        return Crc32C.Append(0, snapshot) == sum ? DecodeRaftSnapshot(snapshot) : throw new InvalidDataException("its sum does not match");
    }

    private static void ReadMetadata(ReadOnlySpan<byte> message, ref ulong index, ref ulong term, ref ConfState confState)
    {
        ProtoFields fields = new(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1 when fields.HoldsBytes:
                    confState = ConfState.Decode(fields.Bytes);
                    break;
                case 2 when !fields.HoldsBytes:
                    index = fields.Value;
                    break;
                case 3 when !fields.HoldsBytes:
                    term = fields.Value;
                    break;
                default:
                    break;
            }
        }

        if (fields.IsMalformed)
        {
            throw new InvalidDataException("not a raftpb.SnapshotMetadata");
        }
    }
}
