namespace Netcd.Raft;

/// <summary>Takes the leader's log, forwards what belongs to the leader, and campaigns when the leader falls silent.</summary>
internal sealed class Follower(RaftCore core) : Role(core)
{
    public override RaftRole Kind => RaftRole.Follower;

    public override void Tick() => Core.TickElection();

    public override StepResult Propose(ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        if (!ForwardsProposals)
        {
            return StepResult.ProposalDropped;
        }

        Entry[] entries = new Entry[payloads.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = new Entry(EntryType.Normal, 0, 0, payloads[i]);
        }

        return Step(new Message { Type = MessageType.Propose, From = Core.Id, Entries = entries });
    }

    public override StepResult Step(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Propose:
                if (!ForwardsProposals)
                {
                    return StepResult.ProposalDropped;
                }

                Forward(message);
                break;
            case MessageType.Append:
                Core.HeardLeader(message.From);
                Core.HandleAppend(message);
                break;
            case MessageType.Heartbeat:
                Core.HeardLeader(message.From);
                Core.HandleHeartbeat(message);
                break;
            case MessageType.Snapshot:
                Core.HeardLeader(message.From);
                Core.HandleSnapshot(message);
                break;
            case MessageType.TransferLeader or MessageType.ReadIndex:
                if (Core.LeaderId != NodeId.None)
                {
                    Forward(message);
                }

                break;
            case MessageType.ForgetLeader:
                // The lease that reads rely on must not be broken by a vote for someone else.
                if (Core.Config.ReadOnlyOption != ReadOnlyOption.LeaseBased)
                {
                    Core.ForgetLeader();
                }

                break;
            case MessageType.TimeoutNow:
                // Never with a pre-vote: the leader itself asks, and no member returns from a partition.
                Core.StartElection(CampaignKind.Transfer);
                break;
            case MessageType.ReadIndexResponse:
                if (message.Entries.Length == 1)
                {
                    Core.ReadStates.Add(new ReadState(message.Index, message.Entries.Span[0].Data));
                }

                break;
        }

        return StepResult.Ok;
    }

    private bool ForwardsProposals => Core.LeaderId != NodeId.None && !Core.Config.DisableProposalForwarding;

    private void Forward(Message message)
    {
        Message forwarded = message.Clone();
        forwarded.To = Core.LeaderId;
        forwarded.Term = 0;
        Core.Send(forwarded);
    }
}
