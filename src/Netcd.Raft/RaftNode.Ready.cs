namespace Netcd.Raft;

/// <content>Handing out work, and hearing that it was done.</content>
public sealed partial class RaftNode
{
    private readonly List<Message> stepsOnAdvance = [];
    private SoftState lastSoftState;
    private HardState lastHardState;

    private bool IsAsync => core.Config.AsyncStorageWrites;

    // Without asynchronous writes a Ready is written before it is applied, so that what it brings may be applied with it.
    private bool MayApplyUnstable => !IsAsync;

    /// <summary>True when <see cref="Ready"/> has something to hand out.</summary>
    public bool HasReady
    {
        get
        {
            RaftLog log = core.Log;
            return core.Outbox.Count > 0
                || core.AfterAppend.Count > 0
                || !log.Unstable.NextEntries.IsEmpty
                || log.HasNextCommitted(MayApplyUnstable)
                || core.ReadStates.Count > 0
                || log.Unstable.NextSnapshot is not null
                || core.SoftState != lastSoftState
                || (core.HardState is { IsEmpty: false } state && state != lastHardState);
        }
    }

    /// <summary>Hands out the work there is. It must be done; the same is not handed out again.</summary>
    /// <exception cref="RaftInvariantException">Without asynchronous storage writes: the last one was not followed by
    /// <see cref="Advance"/>.</exception>
    public Ready Ready()
    {
        if (stepsOnAdvance.Count > 0)
        {
            throw new RaftInvariantException("each Ready is followed by Advance");
        }

        RaftLog log = core.Log;
        SoftState softState = core.SoftState;
        HardState hardState = core.HardState;
        ReadOnlyMemory<Entry> entries = log.Unstable.NextEntries;
        ReadOnlyMemory<Entry> committed = log.NextCommitted(MayApplyUnstable);
        Ready ready = new()
        {
            SoftState = softState == lastSoftState ? null : softState,
            HardState = hardState == lastHardState ? null : hardState,
            ReadStates = core.ReadStates.Count == 0 ? [] : core.ReadStates,
            Entries = entries,
            Snapshot = log.Unstable.NextSnapshot,
            CommittedEntries = committed,
            Messages = core.Outbox,
            MustSync = !entries.IsEmpty || hardState.Vote != lastHardState.Vote || hardState.Term != lastHardState.Term,
        };
        if (IsAsync)
        {
            AddStorageMessages(ready);
        }
        else
        {
            AddStepsOnAdvance(ready);
        }

        core.Accept();
        log.AcceptUnstable();
        if (!committed.IsEmpty)
        {
            log.AcceptApplying(committed.Span, MayApplyUnstable);
        }

        lastSoftState = softState;
        lastHardState = hardState;
        return ready;
    }

    /// <summary>Tells that the last <see cref="Ready"/> was written, sent and applied. Not with asynchronous storage writes.</summary>
    /// <exception cref="InvalidOperationException">Storage is written asynchronously.</exception>
    public void Advance()
    {
        if (IsAsync)
        {
            throw new InvalidOperationException("With asynchronous storage writes, the responses of the storage are stepped instead.");
        }

        foreach (Message message in stepsOnAdvance)
        {
            core.Step(message);
        }

        stepsOnAdvance.Clear();
    }

    private void AddStorageMessages(Ready ready)
    {
        if (!ready.Entries.IsEmpty || ready.HardState is { IsEmpty: false } || ready.Snapshot is not null || core.AfterAppend.Count > 0)
        {
            core.Outbox.Add(StorageAppend(ready));
        }

        if (!ready.CommittedEntries.IsEmpty)
        {
            core.Outbox.Add(new Message
            {
                Type = MessageType.StorageApply,
                To = NodeId.ApplyStorage,
                From = Id,
                Entries = ready.CommittedEntries,
                Responses = [ApplyResponse(ready)],
            });
        }
    }

    private Message StorageAppend(Ready ready)
    {
        HardState hardState = ready.HardState ?? default;
        // What was acknowledged to the leader itself comes first: it finds the terms of the entries in the unstable tail, which the
        // completion then cuts.
        List<Message> responses = core.AfterAppend;
        if (AppendResponse(ready) is { } response)
        {
            responses.Add(response);
        }

        return new Message
        {
            Type = MessageType.StorageAppend,
            To = NodeId.AppendStorage,
            From = Id,
            Term = hardState.Term,
            Vote = hardState.Vote,
            Commit = hardState.Commit,
            Entries = ready.Entries,
            Snapshot = ready.Snapshot,
            Responses = responses,
        };
    }

    private void AddStepsOnAdvance(Ready ready)
    {
        foreach (Message message in core.AfterAppend)
        {
            (message.To == Id ? stepsOnAdvance : core.Outbox).Add(message);
        }

        if (AppendResponse(ready) is { } appended)
        {
            stepsOnAdvance.Add(appended);
        }

        if (!ready.CommittedEntries.IsEmpty)
        {
            stepsOnAdvance.Add(ApplyResponse(ready));
        }
    }

    // Names the end of the log even when no entry is written with it, and the term in which it was asked: a completion of an older term
    // says nothing about the entries, because newer writes of other entries at the same indexes may be under way; the next one does.
    private Message? AppendResponse(Ready ready)
    {
        bool hasEntries = core.Log.Unstable.HasEntries;
        if (!hasEntries && ready.Snapshot is null)
        {
            return null;
        }

        EntryId last = hasEntries ? core.Log.LastEntryId : default;
        return new Message
        {
            Type = MessageType.StorageAppendResponse,
            To = Id,
            From = NodeId.AppendStorage,
            Term = core.Term,
            Index = last.Index,
            LogTerm = last.Term,
            Snapshot = ready.Snapshot,
        };
    }

    private Message ApplyResponse(Ready ready) => new()
    {
        Type = MessageType.StorageApplyResponse,
        To = Id,
        From = NodeId.ApplyStorage,
        Entries = ready.CommittedEntries,
    };
}
