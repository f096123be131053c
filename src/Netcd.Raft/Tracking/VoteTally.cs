namespace Netcd.Raft;

/// <summary>The votes of one election. The first vote of a voter counts.</summary>
internal sealed class VoteTally
{
    private readonly Dictionary<ulong, bool> _votes = [];

    public void Record(ulong voter, bool granted) => _votes.TryAdd(voter, granted);

    public VoteOutcome Outcome(JointQuorum voters) => voters.Outcome(new Votes(_votes));

    private readonly struct Votes(Dictionary<ulong, bool> votes) : IVotes
    {
        public bool TryGet(ulong voter, out bool granted) => votes.TryGetValue(voter, out granted);
    }
}
