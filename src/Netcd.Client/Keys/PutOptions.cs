namespace Netcd.Client.Keys;

/// <summary>How to put a key.</summary>
public sealed record PutOptions
{
    /// <summary>The id of the lease that the key is to end with, or 0.</summary>
    public long Lease { get; init; }

    /// <summary>Asks for the key as it was before.</summary>
    public bool ReturnPrevious { get; init; }

    /// <summary>Keeps the value that the key has; the key must exist, and the value given must be empty.</summary>
    public bool KeepValue { get; init; }

    /// <summary>Keeps the lease that the key has; the key must exist, and no lease be given.</summary>
    public bool KeepLease { get; init; }

    /// <summary>The time for all attempts, or null for <see cref="EtcdClientOptions.CallTimeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }
}
