using System.Globalization;
using Netcd.Engine.Offline;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Wal;

namespace Netcd.Tools.Utl;

/// <summary>A record of a log in a line. Values and passwords are left out.</summary>
internal static class LogLine
{
    public static string Of(LogRecord record) => string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileName(record.Segment)} {record.Offset} {Describe(record)}");

    private static string Describe(LogRecord record) => record switch
    {
        LogRecord.Metadata metadata => Describe(metadata.Content),
        LogRecord.Entry entry => string.Create(
            CultureInfo.InvariantCulture, $"entry index={entry.Content.Index} term={entry.Content.Term} {Describe(entry.Content)}"),
        LogRecord.HardState state => string.Create(
            CultureInfo.InvariantCulture,
            $"state term={state.Content.Term} vote={state.Content.Vote:x} commit={state.Content.Commit}"),
        LogRecord.Marker marker => string.Create(
            CultureInfo.InvariantCulture, $"snapshot index={marker.Content.Index} term={marker.Content.Term}"),
        _ => throw new ArgumentException("a record of a kind that there is not", nameof(record)),
    };

    private static string Describe(ReadOnlyMemory<byte> metadata) => LoggedEntry.TryReadMetadata(metadata, out Metadata? ids)
        ? string.Create(CultureInfo.InvariantCulture, $"metadata member={ids.NodeID:x} cluster={ids.ClusterID:x}")
        : $"metadata {DatabaseDump.Text(metadata.Span)}";

    private static string Describe(in WalEntry entry)
    {
        if (entry.Data.IsEmpty)
        {
            return "empty";
        }

        return LoggedEntry.TryReadChange(entry, out ConfChange? change)
            ? string.Create(
                CultureInfo.InvariantCulture, $"{change.Type} member={change.NodeId:x} {DatabaseDump.Text(change.Context.Span)}")
            : LoggedEntry.TryReadRequest(entry, out InternalRaftRequest? request)
                ? RequestText.Of(request)
                : string.Create(CultureInfo.InvariantCulture, $"{entry.Data.Length} bytes of type {entry.Type}");
    }
}
