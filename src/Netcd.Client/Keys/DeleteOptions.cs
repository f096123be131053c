namespace Netcd.Client.Keys;

/// <summary>How to delete keys.</summary>
public sealed record DeleteOptions
{
    /// <summary>Asks for the keys as they were before.</summary>
    public bool ReturnPrevious { get; init; }

    /// <summary>The time for all attempts, or null for <see cref="EtcdClientOptions.CallTimeout"/>. Not for a part of a
    /// transaction.</summary>
    public TimeSpan? Timeout { get; init; }
}
