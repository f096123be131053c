namespace Netcd.Raft;

/// <content>Sending the log to the members.</content>
internal sealed partial class Leader
{
    public void BroadcastAppend()
    {
        ReadOnlySpan<ulong> ids = Members.Ids;
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] != Core.Id)
            {
                TrySendAppend(ids[i], Members.Members[i], evenIfEmpty: true);
            }
        }
    }

    /// <summary>After a change of the configuration: sends what is committed now, or lets newcomers not wait for the next
    /// heartbeat.</summary>
    public void ConfigurationChanged()
    {
        if (TryCommit())
        {
            BroadcastAppend();
        }
        else
        {
            ReadOnlySpan<ulong> ids = Members.Ids;
            for (int i = 0; i < ids.Length; i++)
            {
                if (ids[i] != Core.Id)
                {
                    TrySendAppend(ids[i], Members.Members[i], evenIfEmpty: false);
                }
            }
        }

        if (Transferee != NodeId.None && !Core.Configuration.Voters.Contains(Transferee))
        {
            Transferee = NodeId.None;
        }
    }

    private bool TryCommit() =>
        Log.TryCommit(new EntryId(Core.Term, Core.Configuration.Voters.Committed(new MatchIndexes(Members))));

    // Sends the entries that come next, or a snapshot when they are gone. Empty appends carry the commit index alone.
    private bool TrySendAppend(ulong to, Progress progress, bool evenIfEmpty)
    {
        if (progress.IsPaused)
        {
            return false;
        }

        ulong previous = progress.Next - 1;
        if (Log.Term(previous, out ulong previousTerm) != LogResult.Ok)
        {
            return TrySendSnapshot(to, progress);
        }

        // With a full window only an empty append goes out: if all that fills the window was lost, its answer gets things moving.
        ReadOnlyMemory<Entry> entries = default;
        LogResult result = LogResult.Ok;
        if (progress.State != ProgressState.Replicate || !progress.Inflights.IsFull)
        {
            result = Log.EntriesFrom(progress.Next, Core.Config.MaxSizePerMessage, out entries);
        }

        if (entries.IsEmpty && !evenIfEmpty)
        {
            return false;
        }

        if (result != LogResult.Ok)
        {
            return TrySendSnapshot(to, progress);
        }

        Core.Send(new Message
        {
            Type = MessageType.Append,
            To = to,
            Index = previous,
            LogTerm = previousTerm,
            Entries = entries,
            Commit = Log.Committed,
        });
        progress.SentEntries(entries.Length, EntrySizes.Payload(entries.Span));
        progress.SentCommit(Log.Committed);
        return true;
    }

    private bool TrySendSnapshot(ulong to, Progress progress)
    {
        if (!progress.RecentActive || Log.Snapshot(out Snapshot snapshot) != LogResult.Ok)
        {
            return false;
        }

        if (snapshot.IsEmpty)
        {
            throw new RaftInvariantException("a log that was compacted has a snapshot");
        }

        progress.BecomeSnapshot(snapshot.Metadata.Index);
        Core.Send(new Message { Type = MessageType.Snapshot, To = to, Snapshot = snapshot });
        return true;
    }

    private void BroadcastHeartbeat()
    {
        ReadOnlyMemory<byte> context = reads.HeartbeatContext();
        ReadOnlySpan<ulong> ids = Members.Ids;
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] == Core.Id)
            {
                continue;
            }

            // Never beyond what is known to match: the member's log may end or differ there.
            Progress progress = Members.Members[i];
            ulong commit = Math.Min(progress.Match, Log.Committed);
            Core.Send(new Message { Type = MessageType.Heartbeat, To = ids[i], Commit = commit, Context = context });
            progress.SentCommit(commit);
        }
    }

    private void AppendRejected(Message message, Progress progress)
    {
        // The follower sent the term at its hint. Nothing of ours with a higher term can match there, so all of that is skipped:
        // at most one probe per term of our log.
        ulong hint = message.LogTerm > 0 ? Log.FindConflictByTerm(message.RejectHint, message.LogTerm).Index : message.RejectHint;
        if (!progress.TryDecrease(message.Index, hint))
        {
            return;
        }

        if (progress.State == ProgressState.Replicate)
        {
            progress.BecomeProbe();
        }

        TrySendAppend(message.From, progress, evenIfEmpty: true);
    }

    private void AppendAccepted(Message message, Progress progress)
    {
        if (message.Index > Log.LastIndex)
        {
            throw new RaftInvariantException($"a member acknowledges what was sent: {message.Index}, last {Log.LastIndex}");
        }

        // An answer that says nothing new still ends a probe.
        if (!progress.TryUpdate(message.Index) && !(progress.Match == message.Index && progress.State == ProgressState.Probe))
        {
            return;
        }

        switch (progress.State)
        {
            case ProgressState.Probe:
                progress.BecomeReplicate();
                break;
            case ProgressState.Snapshot when progress.Match + 1 >= Log.FirstIndex:
                // Whatever snapshot the follower got, from here the log takes over.
                progress.BecomeProbe();
                progress.BecomeReplicate();
                break;
            case ProgressState.Replicate:
                progress.Inflights.FreeUpTo(message.Index);
                break;
        }

        bool isOther = message.From != Core.Id;
        if (TryCommit())
        {
            ReleaseWaitingReads();
            BroadcastAppend();
        }
        else if (isOther && progress.CanBumpCommit(Log.Committed))
        {
            TrySendAppend(message.From, progress, evenIfEmpty: true);
        }

        // The window may have room for several messages now.
        while (isOther && TrySendAppend(message.From, progress, evenIfEmpty: false))
        {
        }

        if (message.From == Transferee && progress.Match == Log.LastIndex)
        {
            SendTimeoutNow(message.From);
        }
    }

    private void HeartbeatAnswered(Message message, Progress progress)
    {
        progress.RecentActive = true;
        progress.IsFlowPaused = false;
        // Also when it has everything but is being probed: the answer to an empty append brings it back.
        if (progress.Match < Log.LastIndex || progress.State == ProgressState.Probe)
        {
            TrySendAppend(message.From, progress, evenIfEmpty: true);
        }

        ConfirmReads(message);
    }

    private static void SnapshotEnded(Message message, Progress progress)
    {
        if (progress.State != ProgressState.Snapshot)
        {
            return;
        }

        if (message.Reject)
        {
            progress.SnapshotFailed();
        }
        else
        {
            progress.BecomeProbe();
        }

        // Sent: its answer will start the flow. Failed: the next heartbeat's answer tries again.
        progress.IsFlowPaused = true;
    }
}
