namespace Netcd.Storage.Wal;

/// <summary>Settings of a write-ahead log; the defaults are etcd's.</summary>
public sealed record WalOptions
{
    /// <summary>Bytes preallocated for a segment, and the size at which a flush begins the next one.</summary>
    public long SegmentBytes { get; init; } = 64_000_000;

    /// <summary>Bytes of the append buffer kept between flushes: a larger batch gets a larger buffer, given back afterwards.</summary>
    public int BufferBytes { get; init; } = 1 << 20;
}
