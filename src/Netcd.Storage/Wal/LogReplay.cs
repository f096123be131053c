using System.Globalization;

namespace Netcd.Storage.Wal;

/// <summary>Builds from the records what the log says at its end, and refuses what no raft log can say.</summary>
internal sealed class LogReplay(WalMarker from) : IRecordSink
{
    /// <summary>
    /// Entries share arrays of this size: a log of hundreds of megabytes is read in a fraction of the time when the collector
    /// need not clear and move an array for each entry. They are given up in the order of the log, and an array with its last.
    /// </summary>
    private const int ChunkBytes = 1 << 20;

    private readonly List<WalEntry> entries = [];
    private readonly List<WalMarker> markers = [];
    private Memory<byte> room;
    private byte[]? metadata;
    private WalHardState state;
    private ulong highestMarker;

    /// <summary>The index of the last entry, or that of a marker ahead of it; known once finished.</summary>
    public ulong LastIndex { get; private set; }

    public WalHardState State => state;

    public IReadOnlyList<WalMarker> Markers => markers;

    public ReadOnlyMemory<byte> Metadata => metadata;

    public void Take(RecordType type, ReadOnlySpan<byte> data, string path, long offset)
    {
        string? fault = type switch
        {
            RecordType.Metadata => TakeMetadata(data),
            RecordType.Entry => TakeEntry(data),
            RecordType.HardState => TakeHardState(data),
            RecordType.Marker => TakeMarker(data),
            _ => "a record of an unknown type",
        };
        if (fault is not null)
        {
            throw new WalCorruptException(path, offset, fault);
        }
    }

    /// <summary>The whole content, once the log's end is reached.</summary>
    public WalContent Finish(string directory, string lastPath, long offset, WalRepair? repair)
    {
        RequireMarker(directory);
        if (entries.Count > 0 && entries[0].Term < from.Term)
        {
            // No log goes from the snapshot's term back to a lower one: these are left of the log that it replaced.
            entries.Clear();
        }

        LastIndex = Math.Max(highestMarker, from.Index + (ulong)entries.Count);
        if (state.Commit > LastIndex)
        {
            throw new WalCorruptException(lastPath, offset, string.Create(
                CultureInfo.InvariantCulture, $"entries up to {state.Commit} were committed, but the log ends at {LastIndex}"));
        }

        return new WalContent { Metadata = metadata, HardState = state, Entries = entries, Markers = markers, Repair = repair };
    }

    private void RequireMarker(string directory)
    {
        foreach (WalMarker marker in markers)
        {
            if (marker.Index == from.Index)
            {
                if (marker.Term != from.Term)
                {
                    throw new WalMarkerNotFoundException(
                        directory, from, string.Create(CultureInfo.InvariantCulture, $"the log has it with term {marker.Term}"));
                }

                return;
            }
        }

        throw new WalMarkerNotFoundException(directory, from, "the log does not mention it");
    }

    private string? TakeMetadata(ReadOnlySpan<byte> data)
    {
        if (metadata is not null && !data.SequenceEqual(metadata))
        {
            return "metadata differs from the segment's before";
        }

        metadata ??= data.ToArray();
        return null;
    }

    private string? TakeEntry(ReadOnlySpan<byte> message)
    {
        if (!RecordBody.TryReadEntry(message, out int type, out ulong term, out ulong index, out ReadOnlySpan<byte> data)
            || term == 0 || index == 0)
        {
            return "not an entry";
        }

        if (index > from.Index)
        {
            ulong position = index - from.Index - 1;
            if (position > (ulong)entries.Count)
            {
                return string.Create(CultureInfo.InvariantCulture, $"entry {index} follows entry {from.Index + (ulong)entries.Count}");
            }

            int at = (int)position;
            if (at < entries.Count && index <= state.Commit && entries[at].Term != term)
            {
                return string.Create(CultureInfo.InvariantCulture, $"entry {index} was committed and is overwritten with another term");
            }

            if (at > 0 && term < entries[at - 1].Term)
            {
                return string.Create(CultureInfo.InvariantCulture, $"entry {index} has a lower term than the one before");
            }

            // A new leader's entries replace the tail that the old one did not get committed.
            entries.RemoveRange(at, entries.Count - at);
            entries.Add(new WalEntry(type, term, index, Keep(data)));
        }

        else
        {
            // It replaces the tail too, though it lies before what is asked for. (etcd keeps the tail here, and with it
            // entries of an old term behind a snapshot of a newer one.)
            entries.Clear();
        }

        return null;
    }

    private ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> data)
    {
        if (data.Length > room.Length)
        {
            room = GC.AllocateUninitializedArray<byte>(Math.Max(ChunkBytes, data.Length));
        }

        Memory<byte> kept = room[..data.Length];
        room = room[data.Length..];
        data.CopyTo(kept.Span);
        return kept;
    }

    private string? TakeHardState(ReadOnlySpan<byte> message)
    {
        if (!RecordBody.TryReadHardState(message, out WalHardState next))
        {
            return "not a hard state";
        }

        if (next.Term < state.Term || next.Commit < state.Commit)
        {
            return "a hard state goes back in term or commit index";
        }

        state = next;
        return null;
    }

    private string? TakeMarker(ReadOnlySpan<byte> message)
    {
        if (!RecordBody.TryReadMarker(message, out WalMarker? marker))
        {
            return "not a snapshot marker";
        }

        markers.Add(marker.Value);
        highestMarker = Math.Max(highestMarker, marker.Value.Index);
        return null;
    }
}
