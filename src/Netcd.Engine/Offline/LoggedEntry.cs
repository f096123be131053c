using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Offline;

/// <summary>What the records of a log mean.</summary>
public static class LoggedEntry
{
    /// <summary>The ids that a log begins with; false where they are something else.</summary>
    public static bool TryReadMetadata(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Metadata? metadata)
    {
        try
        {
            metadata = Metadata.Parser.ParseFrom(bytes.Span);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            metadata = null;
            return false;
        }
    }

    /// <summary>The request of a normal entry; false where there is none.</summary>
    public static bool TryReadRequest(in WalEntry entry, [NotNullWhen(true)] out InternalRaftRequest? request)
    {
        request = null;
        return (EntryType)entry.Type == EntryType.Normal && !entry.Data.IsEmpty
            && EntrySense.TryReadRequest(entry.Data, out request, out _);
    }

    /// <summary>The change of the membership of an entry; false where there is none.</summary>
    public static bool TryReadChange(in WalEntry entry, [NotNullWhen(true)] out ConfChange? change)
    {
        change = null;
        return (EntryType)entry.Type == EntryType.ConfChange && EntrySense.TryReadChange(entry.Data, out change, out _);
    }
}
