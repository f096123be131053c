namespace Netcd.Raft;

/// <summary>How far a member's log is known to agree with the leader's, and what is on its way. Match &lt; Next.</summary>
internal sealed class Progress(ulong match, ulong next, Inflights inflights, bool isLearner, bool recentActive)
{
    // The highest commit index on its way to the member; falls back when what was sent may not have arrived.
    private ulong sentCommit;

    // A member of which nothing is known yet is taken to answer.
    private bool wasActive = true;

    /// <summary>The highest index known to be in the member's log as it is in ours.</summary>
    public ulong Match { get; private set; } = match;

    /// <summary>The next index to send; what lies between is on its way.</summary>
    public ulong Next { get; private set; } = next;

    public ProgressState State { get; private set; }

    /// <summary>The index of the snapshot on its way, in <see cref="ProgressState.Snapshot"/>.</summary>
    public ulong PendingSnapshot { get; private set; }

    /// <summary>True when the member was heard since the last check of the quorum.</summary>
    public bool RecentActive { get; set; } = recentActive;

    /// <summary>True when the member was heard between the last two checks of the quorum, or since.</summary>
    public bool IsAnswering => RecentActive || wasActive;

    /// <summary>True after an append that shall stay the only one until an answer or a heartbeat's answer comes.</summary>
    public bool IsFlowPaused { get; set; }

    public Inflights Inflights { get; } = inflights;

    public bool IsLearner { get; set; } = isLearner;

    /// <summary>True when no append may be sent now.</summary>
    public bool IsPaused => State == ProgressState.Snapshot || IsFlowPaused;

    /// <summary>A copy whose role may be changed without changing this one; the inflight window stays shared.</summary>
    public Progress Clone() => (Progress)MemberwiseClone();

    /// <summary>The quorum was checked: from now on it counts who is heard until the next time.</summary>
    public void BeginActivity()
    {
        wasActive = RecentActive;
        RecentActive = false;
    }

    public void BecomeProbe()
    {
        // What was sent as a snapshot is taken to have arrived, unless the caller said otherwise before.
        ulong next = State == ProgressState.Snapshot ? Math.Max(Match + 1, PendingSnapshot + 1) : Match + 1;
        Enter(ProgressState.Probe);
        Next = next;
        sentCommit = Math.Min(sentCommit, Next - 1);
    }

    public void BecomeReplicate()
    {
        Enter(ProgressState.Replicate);
        Next = Match + 1;
    }

    public void BecomeSnapshot(ulong index)
    {
        Enter(ProgressState.Snapshot);
        PendingSnapshot = index;
        Next = index + 1;
        sentCommit = index;
    }

    /// <summary>The snapshot did not arrive: probe from what matched before.</summary>
    public void SnapshotFailed()
    {
        PendingSnapshot = 0;
        BecomeProbe();
    }

    public void SentEntries(int count, ulong bytes)
    {
        switch (State)
        {
            case ProgressState.Replicate:
                if (count > 0)
                {
                    Next += (ulong)count;
                    Inflights.Add(Next - 1, bytes);
                }

                // Once the window is full, this one serves as the probe that keeps things moving.
                IsFlowPaused = Inflights.IsFull;
                break;
            case ProgressState.Probe:
                if (count > 0)
                {
                    IsFlowPaused = true;
                }

                break;
            default:
                throw new RaftInvariantException($"nothing is appended to a member in state {State}");
        }
    }

    /// <summary>True when sending the commit index may move the member's: it is news, and the member can reach it.</summary>
    public bool CanBumpCommit(ulong commit) => commit > sentCommit && sentCommit < Next - 1;

    public void SentCommit(ulong commit) => sentCommit = commit;

    /// <summary>The member acknowledged an index. False when that is old news.</summary>
    public bool TryUpdate(ulong acknowledged)
    {
        if (acknowledged <= Match)
        {
            return false;
        }

        Match = acknowledged;
        Next = Math.Max(Next, acknowledged + 1);
        IsFlowPaused = false;
        return true;
    }

    /// <summary>
    /// The member refused an append after <paramref name="rejected"/>; the logs may agree at <paramref name="hint"/>. False when the
    /// refusal is old news: messages may be delayed and doubled.
    /// </summary>
    public bool TryDecrease(ulong rejected, ulong hint)
    {
        if (State == ProgressState.Replicate)
        {
            if (rejected <= Match)
            {
                return false;
            }

            Next = Match + 1;
            sentCommit = Math.Min(sentCommit, Next - 1);
            return true;
        }

        // A probe is sent one at a time, so a live refusal is about the one just sent.
        if (Next - 1 != rejected)
        {
            return false;
        }

        Next = Math.Max(Math.Min(rejected, hint + 1), Match + 1);
        sentCommit = Math.Min(sentCommit, Next - 1);
        IsFlowPaused = false;
        return true;
    }

    private void Enter(ProgressState state)
    {
        State = state;
        IsFlowPaused = false;
        PendingSnapshot = 0;
        Inflights.Reset();
    }
}
