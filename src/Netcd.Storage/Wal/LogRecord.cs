namespace Netcd.Storage.Wal;

/// <summary>A record of a log where it stands.</summary>
/// <param name="Segment">The path of its segment.</param>
/// <param name="Offset">Where in the segment it begins.</param>
public abstract record LogRecord(string Segment, long Offset)
{
    /// <summary>The bytes that the owner of the log gave it; etcd's are the ids of the member and the cluster.</summary>
    public sealed record Metadata(string Segment, long Offset, ReadOnlyMemory<byte> Content) : LogRecord(Segment, Offset);

    /// <summary>An entry; a later one of the same or a lower index takes the place of it and of all behind it.</summary>
    public sealed record Entry(string Segment, long Offset, WalEntry Content) : LogRecord(Segment, Offset);

    /// <summary>A hard state.</summary>
    public sealed record HardState(string Segment, long Offset, WalHardState Content) : LogRecord(Segment, Offset);

    /// <summary>A snapshot of that position exists.</summary>
    public sealed record Marker(string Segment, long Offset, WalMarker Content) : LogRecord(Segment, Offset);
}
