namespace Netcd.Client.Keys;

/// <summary>How to read a range of keys piece by piece, in the order of the keys.</summary>
public sealed record ScanOptions
{
    /// <summary>The revision to read at, or 0 for the newest when the first piece is read.</summary>
    public long Revision { get; init; }

    /// <summary>Takes the answering members' own states, which may lag behind, for the first piece.</summary>
    public bool Serializable { get; init; }

    /// <summary>Leaves the values out.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>How many keys a page has; the first piece of a stream too.</summary>
    public int PageSize { get; init; } = 1000;
}
