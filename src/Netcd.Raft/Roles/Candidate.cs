namespace Netcd.Raft;

/// <summary>Collects votes, real ones or (as pre-candidate) the promise of votes.</summary>
internal sealed class Candidate(RaftCore core, bool isPreVote) : Role(core)
{
    private readonly VoteTally votes = new();

    public override RaftRole Kind => isPreVote ? RaftRole.PreCandidate : RaftRole.Candidate;

    public override void Tick() => Core.TickElection();

    public override StepResult Propose(ReadOnlySpan<ReadOnlyMemory<byte>> payloads) => StepResult.ProposalDropped;

    public override StepResult Step(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Propose:
                return StepResult.ProposalDropped;
            case MessageType.Append:
                Core.BecomeFollower(Core.Term, message.From);
                Core.HandleAppend(message);
                break;
            case MessageType.Heartbeat:
                Core.BecomeFollower(Core.Term, message.From);
                Core.HandleHeartbeat(message);
                break;
            case MessageType.Snapshot:
                Core.BecomeFollower(Core.Term, message.From);
                Core.HandleSnapshot(message);
                break;
            // As candidate, late answers to the pre-vote may still come; they say nothing about this election.
            case MessageType.PreVoteResponse when isPreVote:
            case MessageType.VoteResponse when !isPreVote:
                Count(message);
                break;
        }

        return StepResult.Ok;
    }

    private void Count(Message vote)
    {
        votes.Record(vote.From, !vote.Reject);
        switch (votes.Outcome(Core.Configuration.Voters))
        {
            case VoteOutcome.Won when isPreVote:
                Core.Campaign(CampaignKind.Election);
                break;
            case VoteOutcome.Won:
                Core.BecomeLeader();
                break;
            case VoteOutcome.Lost:
                Core.BecomeFollower(Core.Term, NodeId.None);
                break;
        }
    }
}
