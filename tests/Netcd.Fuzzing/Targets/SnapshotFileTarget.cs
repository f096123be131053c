using Netcd.Storage;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;

namespace Netcd.Fuzzing.Targets;

/// <summary>A snapshot file whose sum is right whatever is in it, and the image of the members in it.</summary>
internal sealed class SnapshotFileTarget : IFuzzTarget
{
    public SnapshotFileTarget()
    {
        byte[] image = new V2StoreImage
        {
            Members = [new SnapshotMember(7, ["http://127.0.0.1:2380"], false, "one", ["http://127.0.0.1:2379"]),
                new SnapshotMember(8, ["http://127.0.0.1:2390"], true, "", [])],
            RemovedIds = [9],
            ClusterVersion = "3.5.0",
        }.Encode();
        Seeds = [new SnapshotFile(12, 3, new ConfState { Voters = [7], Learners = [8] }, image).EncodeRaftSnapshot(), image];
    }

    public string Name => "snapshot-file";

    public IReadOnlyList<byte[]> Seeds { get; }

    public IReadOnlyList<byte[]> Words { get; } =
        ["null"u8.ToArray(), "\"Children\":{"u8.ToArray(), "{}"u8.ToArray(), "[]"u8.ToArray(), "\"Value\":"u8.ToArray()];

    public Verdict Run(byte[] input)
    {
        try
        {
            _ = V2StoreImage.Decode(input);
        }
        catch (InvalidDataException)
        {
            // An image alone is tried as well: in a file its length would have to be right.
        }

        byte[] file = new byte[input.Length + 32];
        int at = ProtoWire.WriteField(file, 1, Crc32C.Append(0, input));
        at += ProtoWire.WriteBytesHead(file.AsSpan(at), 2, input.Length);
        input.CopyTo(file, at);
        try
        {
            SnapshotFile snapshot = SnapshotFile.Decode(file.AsSpan(0, at + input.Length));
            _ = V2StoreImage.Decode(snapshot.Data);
            return Verdict.Accepted;
        }
        catch (InvalidDataException)
        {
            return Verdict.Refused;
        }
    }

    public void Dispose()
    {
    }
}
