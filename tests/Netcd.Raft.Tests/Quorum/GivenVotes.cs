namespace Netcd.Raft.Tests.Quorum;

/// <summary>Votes as a test gives them.</summary>
internal readonly struct GivenVotes(IReadOnlyDictionary<ulong, bool> votes) : IVotes
{
    public bool TryGet(ulong voter, out bool granted) => votes.TryGetValue(voter, out granted);
}
