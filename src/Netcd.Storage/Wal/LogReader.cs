using System.Runtime.InteropServices;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>Reads a log and changes nothing: not even a torn tail is repaired.</summary>
public static class LogReader
{
    /// <summary>What a log holds from a marker on.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The log's directory.</param>
    /// <param name="from">The snapshot to continue from; its <see cref="WalMarker.ConfState"/> is not looked at.</param>
    /// <exception cref="WalMarkerNotFoundException">The log has no such marker.</exception>
    /// <exception cref="WalCorruptException">The log holds what no crash leaves behind.</exception>
    public static WalContent Read(IDisk disk, string directory, WalMarker from)
    {
        List<SegmentName> names = LogScan.List(disk, directory);
        int first = names.FindIndex(name => name.Index <= from.Index);
        if (first < 0)
        {
            throw new WalMarkerNotFoundException(directory, from, names.Count == 0 ? "there is no log" : "the log begins later");
        }

        LogReplay replay = new(from);
        LogEnd end = LogScan.Run(disk, directory, CollectionsMarshal.AsSpan(names)[first..], replay);
        string last = Path.Combine(directory, names[^1].ToString());
        return replay.Finish(directory, last, end.Offset, LogRepair.Describe(last, end));
    }

    /// <summary>Shows every record, the sums left out, in the order written.</summary>
    /// <returns>What the next start would repair at the end; null where the log ends cleanly.</returns>
    /// <exception cref="WalMarkerNotFoundException">There is no log.</exception>
    /// <exception cref="WalCorruptException">The log holds what no crash leaves behind.</exception>
    public static WalRepair? Visit(IDisk disk, string directory, Action<LogRecord> visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        List<SegmentName> names = LogScan.List(disk, directory);
        if (names.Count == 0)
        {
            throw new WalMarkerNotFoundException(directory, WalMarker.Beginning, "there is no log");
        }

        LogEnd end = LogScan.Run(disk, directory, CollectionsMarshal.AsSpan(names), new Visitor(visit));
        return LogRepair.Describe(Path.Combine(directory, names[^1].ToString()), end);
    }

    private sealed class Visitor(Action<LogRecord> visit) : IRecordSink
    {
        public void Take(RecordType type, ReadOnlySpan<byte> data, string path, long offset) => visit(type switch
        {
            RecordType.Metadata => new LogRecord.Metadata(path, offset, data.ToArray()),
            RecordType.Entry when RecordBody.TryReadEntry(
                data, out int kind, out ulong term, out ulong index, out ReadOnlySpan<byte> body) =>
                new LogRecord.Entry(path, offset, new WalEntry(kind, term, index, body.ToArray())),
            RecordType.HardState when RecordBody.TryReadHardState(data, out WalHardState state) =>
                new LogRecord.HardState(path, offset, state),
            RecordType.Marker when RecordBody.TryReadMarker(data, out WalMarker? marker) =>
                new LogRecord.Marker(path, offset, marker.Value),
            _ => throw new WalCorruptException(path, offset, "not a record of a log"),
        });
    }
}
