namespace Netcd.Tools.Ctl.Mirroring;

/// <summary>What is mirrored, and how.</summary>
/// <param name="Prefix">The keys that are copied.</param>
/// <param name="DestinationPrefix">What stands in the prefix's place at the destination.</param>
/// <param name="FirstRevision">From which revision on changes are copied; 0 for all that there is, and then what changes.</param>
/// <param name="MostOperations">How many changes a transaction has; 0 for as many as a revision has.</param>
internal sealed record MirrorPlan(byte[] Prefix, byte[] DestinationPrefix, long FirstRevision, int MostOperations)
{
    /// <summary>How many operations servers let a transaction have if nobody has told them otherwise.</summary>
    public const int UsualOperations = 128;

    /// <summary>How many keys are put at once where all are copied.</summary>
    public int MostPuts => MostOperations == 0 ? UsualOperations : MostOperations;

    /// <summary>A key at the destination.</summary>
    public byte[] KeyOf(ReadOnlyMemory<byte> key) => [.. DestinationPrefix, .. key.Span[Prefix.Length..]];
}
