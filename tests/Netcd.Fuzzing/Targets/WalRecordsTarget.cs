using System.Buffers.Binary;
using Netcd.Storage.Wal;

namespace Netcd.Fuzzing.Targets;

/// <summary>
/// The records of the log's last segment, whose sums are right whatever is in them: a type, the length of the data in two bytes, and
/// the data, each.
/// </summary>
internal sealed class WalRecordsTarget : IFuzzTarget
{
    private const int HeadBytes = 3;

    private readonly string path = DataDirectory.Segments[^1];
    private readonly uint firstSum;

    public WalRecordsTarget()
    {
        byte[] segment = DataDirectory.Files[path];
        List<byte> records = [];
        for (int at = 0; at + RecordFrame.LengthBytes <= segment.Length;)
        {
            ulong field = BinaryPrimitives.ReadUInt64LittleEndian(segment.AsSpan(at));
            if (field == 0 || !RecordFrame.TryDecode(field, out long length))
            {
                break;
            }

            ReadOnlySpan<byte> record = segment.AsSpan(at + RecordFrame.LengthBytes, (int)length);
            RecordHead head = RecordHead.Read(record, length);
            firstSum = at == 0 ? head.Sum : firstSum;
            Add(records, head.Type, record[head.DataOffset..]);
            at += RecordFrame.LengthBytes + (int)length + RecordFrame.Padding(length);
        }

        Seeds = [[.. records]];
    }

    public string Name => "wal-records";

    public IReadOnlyList<byte[]> Seeds { get; }

    public Verdict Run(byte[] input)
    {
        RecordEncoder encoder = new(firstSum, 64 * 1024);
        ReadOnlySpan<byte> left = input;
        while (left.Length >= HeadBytes)
        {
            int length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(left[1..]), left.Length - HeadBytes);
            encoder.Add((RecordType)left[0], left.Slice(HeadBytes, length), []);
            left = left[(HeadBytes + length)..];
        }

        return DataDirectory.OpenWith(path, encoder.Pending.ToArray());
    }

    public void Dispose()
    {
    }

    private static void Add(List<byte> records, RecordType type, ReadOnlySpan<byte> data)
    {
        records.Add((byte)type);
        records.Add((byte)data.Length);
        records.Add((byte)(data.Length >> 8));
        records.AddRange(data);
    }
}
