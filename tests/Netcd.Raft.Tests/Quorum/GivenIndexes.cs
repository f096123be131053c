namespace Netcd.Raft.Tests.Quorum;

/// <summary>Acknowledgements as a test gives them.</summary>
internal readonly struct GivenIndexes(IReadOnlyDictionary<ulong, ulong> indexes) : IAcknowledgements
{
    public bool TryGet(ulong voter, out ulong acknowledged) => indexes.TryGetValue(voter, out acknowledged);
}
