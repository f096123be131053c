namespace Netcd.Client.Keys;

/// <summary>How to read a key.</summary>
public sealed record GetOptions
{
    /// <summary>The revision to read at, or 0 for the newest.</summary>
    public long Revision { get; init; }

    /// <summary>Takes the answering member's own state, which may lag behind, instead of asking the cluster.</summary>
    public bool Serializable { get; init; }

    /// <summary>Leaves the value out.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>The time for all attempts, or null for <see cref="EtcdClientOptions.CallTimeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }
}
