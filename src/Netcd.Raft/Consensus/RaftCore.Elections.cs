namespace Netcd.Raft;

/// <content>The election timer and campaigns.</content>
internal sealed partial class RaftCore
{
    /// <summary>Ticks since the leader was heard or the campaign began; on a leader, since the last check of its quorum.</summary>
    public int ElectionElapsed { get; set; }

    /// <summary>Ticks after which this node campaigns: drawn anew with every change of role, so that nodes do not campaign in
    /// step.</summary>
    public int RandomizedElectionTimeout { get; set; }

    public void TickElection()
    {
        ElectionElapsed++;
        if (ElectionElapsed < RandomizedElectionTimeout || !IsPromotable)
        {
            return;
        }

        ElectionElapsed = 0;
        StartElection(Config.PreVote ? CampaignKind.PreElection : CampaignKind.Election);
    }

    public void HeardLeader(ulong leader)
    {
        ElectionElapsed = 0;
        LeaderId = leader;
    }

    public void StartElection(CampaignKind kind)
    {
        // There is no term after the last one: a member at it can only follow.
        if (Term == ulong.MaxValue)
        {
            return;
        }

        // Changes that are committed but not applied here would make the node count the wrong voters.
        if (Role is Leader || !IsPromotable || Log.HasUnappliedConfChange())
        {
            return;
        }

        Campaign(kind);
    }

    public void Campaign(CampaignKind kind)
    {
        if (kind == CampaignKind.PreElection)
        {
            BecomePreCandidate();
        }
        else
        {
            BecomeCandidate();
        }

        // A pre-vote asks about the term that would come.
        (MessageType type, ulong term) = kind == CampaignKind.PreElection ? (MessageType.PreVote, Term + 1) : (MessageType.Vote, Term);
        EntryId last = Log.LastEntryId;
        foreach (ulong id in Configuration.Voters.All.Ids)
        {
            if (id == Id)
            {
                // The own vote counts like any: once it is durable.
                Send(new Message { Type = MessageTypes.ResponseToVote(type), To = id, Term = term });
                continue;
            }

            Send(new Message
            {
                Type = type,
                To = id,
                Term = term,
                Index = last.Index,
                LogTerm = last.Term,
                Context = kind == CampaignKind.Transfer ? TransferMark : default,
            });
        }
    }

    private bool IsPromotable => Members.TryGet(Id, out Progress? own) && !own.IsLearner && !Log.HasPendingSnapshot;
}
