namespace Netcd.Raft;

/// <summary>Appends proposals to its log, replicates it to everybody, and commits what a quorum holds.</summary>
internal sealed partial class Leader : Role
{
    private int heartbeatElapsed;

    public Leader(RaftCore core)
        : base(core)
    {
        // Changes proposed by earlier leaders may lie anywhere in the uncommitted tail; none is taken before that is applied.
        pendingConfIndex = core.Log.LastIndex;
    }

    public override RaftRole Kind => RaftRole.Leader;

    private RaftLog Log => Core.Log;

    private ProgressTable Members => Core.Members;

    /// <summary>Opens the term by an empty entry: what earlier terms left is committed through it (section 5.4.2), and everybody
    /// hears.</summary>
    public void OpenTerm()
    {
        ulong index = Log.LastIndex + 1;
        Log.Reserve(1)[0] = new Entry(EntryType.Normal, Core.Term, index, default);
        AcknowledgeOwn();
        BroadcastAppend();
    }

    public override void Tick()
    {
        heartbeatElapsed++;
        Core.ElectionElapsed++;
        if (Core.ElectionElapsed >= Core.Config.ElectionTick)
        {
            Core.ElectionElapsed = 0;
            if (Core.Config.CheckQuorum)
            {
                CheckQuorum();
            }

            GiveUpTransfer();
        }

        if (Core.Role != this || heartbeatElapsed < Core.Config.HeartbeatTick)
        {
            return;
        }

        heartbeatElapsed = 0;
        BroadcastHeartbeat();
    }

    public override StepResult Step(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Beat:
                BroadcastHeartbeat();
                return StepResult.Ok;
            case MessageType.CheckQuorum:
                CheckQuorum();
                return StepResult.Ok;
            case MessageType.Propose:
                return Propose(message);
            case MessageType.ReadIndex:
                ReadIndex(message);
                return StepResult.Ok;
        }

        if (Members.TryGet(message.From, out Progress? progress))
        {
            StepFromMember(message, progress);
        }

        return StepResult.Ok;
    }

    private void StepFromMember(Message message, Progress progress)
    {
        switch (message.Type)
        {
            case MessageType.AppendResponse:
                progress.RecentActive = true;
                if (message.Reject)
                {
                    AppendRejected(message, progress);
                }
                else
                {
                    AppendAccepted(message, progress);
                }

                break;
            case MessageType.HeartbeatResponse:
                HeartbeatAnswered(message, progress);
                break;
            case MessageType.SnapshotStatus:
                SnapshotEnded(message, progress);
                break;
            case MessageType.Unreachable:
                // What was sent ahead is likely lost.
                if (progress.State == ProgressState.Replicate)
                {
                    progress.BecomeProbe();
                }

                break;
            case MessageType.TransferLeader:
                Transfer(message.From, progress);
                break;
        }
    }

    private void CheckQuorum()
    {
        if (Core.Configuration.Voters.Outcome(new RecentActivity(Members)) != VoteOutcome.Won)
        {
            Core.BecomeFollower(Core.Term, NodeId.None);
        }

        ReadOnlySpan<ulong> ids = Members.Ids;
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] != Core.Id)
            {
                Members.Members[i].BeginActivity();
            }
        }
    }
}
