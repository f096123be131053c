namespace Netcd.Engine.Offline;

/// <summary>How far work on files is.</summary>
/// <param name="What">What is being done; empty when the long steps are over.</param>
/// <param name="Done">How many bytes are done.</param>
/// <param name="Total">How many there are; 0 where nobody knows.</param>
public readonly record struct OfflineStep(string What, long Done, long Total);
