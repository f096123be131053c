namespace Netcd.Storage.Snapshots;

/// <summary>A snapshot file that could not be read and was renamed to end in <c>.broken</c>.</summary>
/// <param name="Path">Its path before.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BrokenSnapshot(string Path, string Reason);
