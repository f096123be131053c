using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>Takes the records of a scan, in the order written.</summary>
internal interface IRecordSink
{
    /// <summary>Takes one record; its data is valid during the call.</summary>
    /// <exception cref="WalCorruptException">It cannot follow what came before.</exception>
    void Take(RecordType type, ReadOnlySpan<byte> data, string path, long offset);
}

/// <summary>Where a scan ended: the last segment's tail, and what to repair there.</summary>
internal readonly record struct LogEnd(
    long Offset, uint Sum, string? TornReason, long TornBytes, (long Offset, ulong Length)? LostLength);

/// <summary>Reads the segments of a log one after the other as one chain.</summary>
internal static class LogScan
{
    /// <summary>
    /// The segments in a directory in order; only those of the last unbroken sequence: a purge that a crash interrupted may
    /// leave others.
    /// </summary>
    public static List<SegmentName> List(IDisk disk, string directory)
    {
        List<SegmentName> segments = [];
        if (!disk.DirectoryExists(directory))
        {
            return segments;
        }

        foreach (string name in disk.List(directory))
        {
            if (SegmentName.TryParse(name, out SegmentName segment))
            {
                segments.Add(segment);
            }
        }

        segments.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        int first = segments.Count - 1;
        while (first > 0 && segments[first - 1].Sequence + 1 == segments[first].Sequence)
        {
            first--;
        }

        segments.RemoveRange(0, Math.Max(0, first));
        return segments;
    }

    /// <summary>Hands every record from the first of the segments on to the sink, except the sums.</summary>
    public static LogEnd Run(IDisk disk, string directory, ReadOnlySpan<SegmentName> segments, IRecordSink sink)
    {
        uint? sum = null;
        LogEnd end = default;
        for (int i = 0; i < segments.Length; i++)
        {
            string path = Path.Combine(directory, segments[i].ToString());
            using IDiskFile file = disk.Open(path, DiskOpenMode.ReadOnly);
            SegmentReader reader = new(file, path, i == segments.Length - 1);
            ReadSegment(reader, path, ref sum, sink);
            end = new LogEnd(reader.Offset, sum ?? 0, reader.TornReason, reader.TornBytes, reader.LostLength);
        }

        return end;
    }

    private static void ReadSegment(SegmentReader reader, string path, ref uint? sum, IRecordSink sink)
    {
        int count = 0;
        long offset = 0;
        while (reader.TryRead(ref sum, out RecordType type, out ReadOnlySpan<byte> data))
        {
            RecordType? required = count switch { 0 => RecordType.Sum, 1 => RecordType.Metadata, _ => null };
            if (required is not null && type != required)
            {
                throw new WalCorruptException(path, offset, "a segment does not begin with a sum and metadata");
            }

            if (type != RecordType.Sum)
            {
                sink.Take(type, data, path, offset);
            }

            count++;
            offset = reader.Offset;
        }

        // A segment gets its name only after these two have been flushed.
        if (count < 2)
        {
            throw new WalCorruptException(path, reader.Offset, "the segment's beginning is missing");
        }
    }
}
