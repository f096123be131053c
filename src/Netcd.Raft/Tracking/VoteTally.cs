namespace Netcd.Raft;

/// <summary>The votes of one election. The first vote of a voter counts.</summary>
internal sealed class VoteTally
{
    private readonly Dictionary<ulong, bool> votes = [];

    public void Record(ulong voter, bool granted) => votes.TryAdd(voter, granted);

    public VoteOutcome Outcome(JointQuorum voters) => voters.Outcome(new Votes(votes));

    private readonly struct Votes(Dictionary<ulong, bool> votes) : IVotes
    {
        public bool TryGet(ulong voter, out bool granted) => votes.TryGetValue(voter, out granted);
    }
}
