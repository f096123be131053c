namespace Netcd.Raft;

/// <content>What a leader's messages do to the log.</content>
internal sealed partial class RaftCore
{
    // A snapshot that came while entries are being applied.
    private Message? waitingSnapshot;

    public void HandleAppend(Message message)
    {
        if (!IsLogSlice(message))
        {
            return;
        }

        if (message.Index < Log.Committed)
        {
            Send(new Message { Type = MessageType.AppendResponse, To = message.From, Index = Log.Committed });
            return;
        }

        if (Log.TryAppend(new EntryId(message.LogTerm, message.Index), message.Entries, message.Commit, out ulong last))
        {
            Send(new Message { Type = MessageType.AppendResponse, To = message.From, Index = last });
            return;
        }

        // All that the leader has before Index is of LogTerm or older: what we have there of newer terms cannot match and is skipped.
        EntryId hint = Log.FindConflictByTerm(Math.Min(message.Index, Log.LastIndex), message.LogTerm);
        Send(new Message
        {
            Type = MessageType.AppendResponse,
            To = message.From,
            Index = message.Index,
            Reject = true,
            RejectHint = hint.Index,
            LogTerm = hint.Term,
        });
    }

    public void HandleHeartbeat(Message message)
    {
        Log.CommitTo(message.Commit);
        Send(new Message { Type = MessageType.HeartbeatResponse, To = message.From, Context = message.Context });
    }

    public void HandleSnapshot(Message message)
    {
        // It changes the configuration at once. Were changes of older entries applied afterwards, the configuration would be wrong: so
        // the snapshot waits until nothing is being applied.
        if (Log.Applying > Log.Applied)
        {
            waitingSnapshot = message;
            return;
        }

        bool restored = message.Snapshot is { } snapshot && TryRestore(snapshot);
        Send(new Message { Type = MessageType.AppendResponse, To = message.From, Index = restored ? Log.LastIndex : Log.Committed });
    }

    private void ResumeWaitingSnapshot()
    {
        if (waitingSnapshot is not { } message || Log.Applying > Log.Applied)
        {
            return;
        }

        waitingSnapshot = null;
        Step(message);
    }

    // Entries follow each other without a gap, in terms that never fall and never exceed the leader's. What is not so is not a log:
    // the message was damaged.
    private static bool IsLogSlice(Message message)
    {
        (ulong term, ulong index) = (message.LogTerm, message.Index);
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            if (entry.Index != index + 1 || entry.Term < term)
            {
                return false;
            }

            (term, index) = (entry.Term, entry.Index);
        }

        return term <= message.Term;
    }

    private bool TryRestore(Snapshot snapshot)
    {
        SnapshotMetadata metadata = snapshot.Metadata;
        if (metadata.Index <= Log.Committed)
        {
            return false;
        }

        if (Role is not Follower)
        {
            throw new RaftInvariantException($"only a follower restores a snapshot, not a {Role.Kind}");
        }

        // A snapshot without this node would leave it outside of its own configuration.
        ConfState state = metadata.ConfState;
        if (!state.Voters.Contains(Id) && !state.Learners.Contains(Id) && !state.VotersOutgoing.Contains(Id))
        {
            return false;
        }

        if (Log.Matches(new EntryId(metadata.Term, metadata.Index)))
        {
            // All that it stands for is here already, and now known to be committed.
            Log.CommitTo(metadata.Index);
            return false;
        }

        Log.Restore(snapshot);
        Restore(state);
        return true;
    }
}
