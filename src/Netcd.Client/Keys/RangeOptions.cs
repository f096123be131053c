namespace Netcd.Client.Keys;

/// <summary>What the keys of a range are sorted by.</summary>
public enum SortBy
{
    /// <summary>The key.</summary>
    Key = 0,

    /// <summary>How often it was put.</summary>
    Version = 1,

    /// <summary>The revision at which it came into being.</summary>
    CreateRevision = 2,

    /// <summary>The revision of its last change.</summary>
    ModRevision = 3,

    /// <summary>The value.</summary>
    Value = 4,
}

/// <summary>How to read a range of keys.</summary>
public sealed record RangeOptions
{
    /// <summary>The revision to read at, or 0 for the newest.</summary>
    public long Revision { get; init; }

    /// <summary>How many keys at most, or 0 for all.</summary>
    public long Limit { get; init; }

    /// <summary>Takes the answering member's own state, which may lag behind, instead of asking the cluster.</summary>
    public bool Serializable { get; init; }

    /// <summary>Leaves the values out.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>Counts the keys, and leaves them out.</summary>
    public bool CountOnly { get; init; }

    /// <summary>What the keys are sorted by. The limit counts after that.</summary>
    public SortBy SortBy { get; init; }

    /// <summary>Sorts the largest first.</summary>
    public bool Descending { get; init; }

    /// <summary>Leaves out keys that were last changed before this revision; 0 for none.</summary>
    public long MinModRevision { get; init; }

    /// <summary>Leaves out keys that were last changed after this revision; 0 for none.</summary>
    public long MaxModRevision { get; init; }

    /// <summary>Leaves out keys that came into being before this revision; 0 for none.</summary>
    public long MinCreateRevision { get; init; }

    /// <summary>Leaves out keys that came into being after this revision; 0 for none.</summary>
    public long MaxCreateRevision { get; init; }

    /// <summary>
    /// Has the server send the answer in pieces, so that neither side needs room for it as one message. Servers before etcd 3.7 refuse it,
    /// and all where it is to be sorted or filtered by revisions: <see cref="EtcdStatusCode.Unimplemented"/>. Not for a part of a
    /// transaction.
    /// </summary>
    public bool Streamed { get; init; }

    /// <summary>The time for all attempts, or null for <see cref="EtcdClientOptions.CallTimeout"/>. Not for a part of a
    /// transaction.</summary>
    public TimeSpan? Timeout { get; init; }
}
