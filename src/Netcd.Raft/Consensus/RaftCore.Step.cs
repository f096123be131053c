namespace Netcd.Raft;

/// <content>The rules that hold for messages in every role: terms, votes, completions of the storage.</content>
internal sealed partial class RaftCore
{
    private static readonly byte[] TransferMark = [.. "CampaignTransfer"u8];

    public StepResult Step(Message message)
    {
        if (message.Term > Term)
        {
            if (!EnterHigherTerm(message))
            {
                return StepResult.Ok;
            }
        }
        else if (message.Term != 0 && message.Term < Term)
        {
            HandleLowerTerm(message);
            return StepResult.Ok;
        }

        switch (message.Type)
        {
            case MessageType.Hup:
                StartElection(Config.PreVote ? CampaignKind.PreElection : CampaignKind.Election);
                return StepResult.Ok;
            case MessageType.StorageAppendResponse:
                if (message.Index != 0)
                {
                    Log.StableTo(new EntryId(message.LogTerm, message.Index));
                }

                SnapshotStored(message);
                return StepResult.Ok;
            case MessageType.StorageApplyResponse:
                Applied(message.Entries.Span);
                return StepResult.Ok;
            case MessageType.Vote or MessageType.PreVote:
                HandleVote(message);
                return StepResult.Ok;
            default:
                return Role.Step(message);
        }
    }

    // False when the message is ignored.
    private bool EnterHigherTerm(Message message)
    {
        bool isVote = message.Type is MessageType.Vote or MessageType.PreVote;
        if (isVote && !message.Context.Span.SequenceEqual(TransferMark))
        {
            // Who still hears a leader does not help to depose it (thesis, section 4.2.3).
            bool inLease = Config.CheckQuorum && LeaderId != NodeId.None && ElectionElapsed < Config.ElectionTick;
            if (inLease)
            {
                return false;
            }
        }

        // A pre-vote, asked for or granted, is about a term that has not begun yet. A refusal names one that was.
        if (message.Type == MessageType.PreVote || (message.Type == MessageType.PreVoteResponse && !message.Reject))
        {
            return true;
        }

        bool isFromLeader = message.Type is MessageType.Append or MessageType.Heartbeat or MessageType.Snapshot;
        BecomeFollower(message.Term, isFromLeader ? message.From : NodeId.None);
        return true;
    }

    private void HandleLowerTerm(Message message)
    {
        if ((Config.CheckQuorum || Config.PreVote) && message.Type is (MessageType.Heartbeat or MessageType.Append))
        {
            // A leader of an old term, and this node cannot depose it by votes, which the lease and the pre-vote hold back: the answer
            // carries our term, so that the leader steps down and the node is not stuck outside.
            Send(new Message { Type = MessageType.AppendResponse, To = message.From });
        }
        else if (message.Type == MessageType.PreVote)
        {
            // Refused rather than ignored: a candidate with a shorter log and a higher term elsewhere must learn of our term.
            Send(new Message { Type = MessageType.PreVoteResponse, To = message.From, Term = Term, Reject = true });
        }
        else if (message.Type == MessageType.StorageAppendResponse)
        {
            // The entries may have been replaced since, with the write still under way; a later completion will cover them.
            // A snapshot is committed state of any term.
            SnapshotStored(message);
        }
    }

    private void HandleVote(Message message)
    {
        bool canVote = Vote == message.From
            || (Vote == NodeId.None && LeaderId == NodeId.None)
            || (message.Type == MessageType.PreVote && message.Term > Term);
        // Learners vote as well: one that was promoted may not know it yet, and its vote may be needed to elect the leader that will inform
        // it.
        MessageType response = MessageTypes.ResponseToVote(message.Type);
        if (!canVote || !Log.IsUpToDate(new EntryId(message.LogTerm, message.Index)))
        {
            Send(new Message { Type = response, To = message.From, Term = Term, Reject = true });
            return;
        }

        // In the term asked about: a pre-candidate would ignore an answer from an older one.
        Send(new Message { Type = response, To = message.From, Term = message.Term });
        if (message.Type != MessageType.Vote)
        {
            return;
        }

        ElectionElapsed = 0;
        Vote = message.From;
    }

    private void SnapshotStored(Message message)
    {
        if (message.Snapshot is not { } snapshot)
        {
            return;
        }

        Log.SnapshotStableTo(snapshot.Metadata.Index);
        AppliedTo(snapshot.Metadata.Index, 0);
    }

    private void Applied(ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty)
        {
            return;
        }

        AppliedTo(entries[^1].Index, EntrySizes.Encoded(entries));
        (Role as Leader)?.ReduceUncommitted(EntrySizes.Payload(entries));
        ResumeWaitingSnapshot();
    }

    private void AppliedTo(ulong index, ulong bytes)
    {
        ulong applied = Math.Max(index, Log.Applied);
        Log.AppliedTo(applied, bytes);
        (Role as Leader)?.LeaveJointIfApplied(applied);
    }
}
