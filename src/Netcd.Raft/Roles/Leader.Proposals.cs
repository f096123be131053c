using Netcd.Raft.Wire;

namespace Netcd.Raft;

/// <content>Taking proposals into the log.</content>
internal sealed partial class Leader
{
    // At or beyond the index of the last configuration change that may not be applied yet: one change at a time.
    private ulong pendingConfIndex;

    // Payload bytes of the uncommitted tail; may be too small after a change of term, never too large.
    private ulong uncommittedBytes;

    /// <summary>Many proposals in one append. Hot: nothing is allocated but room in the log.</summary>
    public override StepResult Propose(ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        if (RefusesProposals)
        {
            return StepResult.ProposalDropped;
        }

        ulong bytes = 0;
        foreach (ref readonly ReadOnlyMemory<byte> payload in payloads)
        {
            bytes += (ulong)payload.Length;
        }

        if (!TryReserveUncommitted(bytes))
        {
            return StepResult.ProposalDropped;
        }

        ulong index = Log.LastIndex;
        ulong term = Core.Term;
        Span<Entry> slots = Log.Reserve(payloads.Length);
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i] = new Entry(EntryType.Normal, term, ++index, payloads[i]);
        }

        AcknowledgeOwn();
        BroadcastAppend();
        return StepResult.Ok;
    }

    /// <summary>A joint configuration that leaves by itself does so once it is applied.</summary>
    public void LeaveJointIfApplied(ulong applied)
    {
        if (Core.Configuration.AutoLeave && applied >= pendingConfIndex)
        {
            // Without data it counts no bytes, so only a transfer can be in its way; its end tries again.
            Propose(new Message
            {
                Type = MessageType.Propose,
                From = Core.Id,
                Entries = new[] { new Entry(EntryType.ConfChangeV2, 0, 0, default) },
            });
        }
    }

    /// <summary>Entries were applied, hence committed: they count no more.</summary>
    public void ReduceUncommitted(ulong bytes) => uncommittedBytes -= Math.Min(uncommittedBytes, bytes);

    private bool RefusesProposals => Transferee != NodeId.None || !Members.TryGet(Core.Id, out _);

    private StepResult Propose(Message message)
    {
        ReadOnlySpan<Entry> proposed = message.Entries.Span;
        if (proposed.IsEmpty || RefusesProposals)
        {
            return StepResult.ProposalDropped;
        }

        Entry[] entries = new Entry[proposed.Length];
        ulong bytes = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            Entry entry = proposed[i];
            if (entry.Type != EntryType.Normal)
            {
                if (!TryReadConfChange(in entry, out ConfChangeV2 change))
                {
                    return StepResult.ProposalDropped;
                }

                if (MayChangeConfiguration(change))
                {
                    pendingConfIndex = Log.LastIndex + (ulong)i + 1;
                }
                else
                {
                    entry = default;
                }
            }

            entries[i] = entry with { Term = Core.Term, Index = Log.LastIndex + (ulong)i + 1 };
            bytes += (ulong)entry.Data.Length;
        }

        if (!TryReserveUncommitted(bytes))
        {
            return StepResult.ProposalDropped;
        }

        entries.CopyTo(Log.Reserve(entries.Length));
        AcknowledgeOwn();
        BroadcastAppend();
        return StepResult.Ok;
    }

    private bool MayChangeConfiguration(ConfChangeV2 change)
    {
        if (Core.Config.DisableConfChangeValidation)
        {
            return true;
        }

        bool isPending = pendingConfIndex > Log.Applied;
        bool leaves = change.Changes.Count == 0;
        return !isPending && Core.Configuration.IsJoint == leaves;
    }

    private static bool TryReadConfChange(in Entry entry, out ConfChangeV2 change)
    {
        change = new ConfChangeV2();
        try
        {
            // Checked here so that no entry that cannot be applied ever enters a log.
            change = entry.Type switch
            {
                EntryType.ConfChange => RaftWire.DecodeConfChange(entry.Data).ToV2(),
                EntryType.ConfChangeV2 => RaftWire.DecodeConfChangeV2(entry.Data),
                _ => new ConfChangeV2 { Transition = (ConfChangeTransition)(-1) },
            };
            return change.IsWellFormed;
        }
        catch (MalformedMessageException)
        {
            return false;
        }
    }

    // An empty tail takes any size, and what has no payload is never refused: a term must be opened and a joint configuration left.
    private bool TryReserveUncommitted(ulong bytes)
    {
        if (uncommittedBytes > 0 && bytes > 0 && uncommittedBytes + bytes > Core.MaxUncommittedBytes)
        {
            return false;
        }

        uncommittedBytes += bytes;
        return true;
    }

    // The leader counts towards the quorum like everyone: once its own disk holds the entries.
    private void AcknowledgeOwn() =>
        Core.Send(new Message { Type = MessageType.AppendResponse, To = Core.Id, Index = Log.LastIndex });
}
