namespace Netcd.Storage.Wal;

/// <summary>Collects the markers, and replays the log along the way as long as it can be replayed from there.</summary>
internal sealed class MarkerScan(LogReplay? replay) : IRecordSink
{
    private readonly List<WalMarker> markers = [];
    private ulong commit;

    /// <summary>The replay of all records; null where the log cannot be replayed from the marker expected.</summary>
    public LogReplay? Replay { get; private set; } = replay;

    public void Take(RecordType type, ReadOnlySpan<byte> data, string path, long offset)
    {
        TryReplay(type, data, path, offset);
        if (type == RecordType.Marker)
        {
            markers.Add(RecordBody.TryReadMarker(data, out WalMarker? marker)
                ? marker.Value
                : throw new WalCorruptException(path, offset, "not a snapshot marker"));
        }
        else if (type == RecordType.HardState)
        {
            commit = RecordBody.TryReadHardState(data, out WalHardState state)
                ? state.Commit
                : throw new WalCorruptException(path, offset, "not a hard state");
        }
    }

    private void TryReplay(RecordType type, ReadOnlySpan<byte> data, string path, long offset)
    {
        try
        {
            Replay?.Take(type, data, path, offset);
        }
        catch (WalCorruptException)
        {
            // Perhaps only the expectation was wrong; if not, reading from the chosen marker says so.
            Replay = null;
        }
    }

    public List<WalMarker> Valid() => markers.FindAll(marker => marker.Index <= commit);
}
