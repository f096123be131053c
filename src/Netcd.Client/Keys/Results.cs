namespace Netcd.Client.Keys;

/// <summary>What was read of a key.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="KeyValue">The key and its value, or null if it does not exist.</param>
public sealed record GetResult(EtcdHeader Header, KeyValue? KeyValue);

/// <summary>A key was put.</summary>
/// <param name="Header">Who answered; its revision is the put's.</param>
/// <param name="Previous">The key as it was before, where that was asked for and it existed.</param>
public sealed record PutResult(EtcdHeader Header, KeyValue? Previous);
