namespace Netcd.Raft;

/// <summary>
/// The consensus algorithm: what outlasts a role (term, vote, log, configuration), the passage from role to role, and the messages to
/// send. What to do with messages of the current term is the <see cref="Role"/>'s.
/// </summary>
internal sealed partial class RaftCore
{
    public RaftCore(RaftConfig config)
    {
        config.Validate();
        Config = config;
        MaxUncommittedBytes = config.MaxUncommittedEntriesSize == 0 ? RaftConfig.NoLimit : config.MaxUncommittedEntriesSize;
        Log = new RaftLog(
            config.Storage, Math.Max(1, config.MaxCommittedSizePerReady == 0 ? config.MaxSizePerMessage : config.MaxCommittedSizePerReady));
        Role = new Follower(this);

        (HardState hardState, ConfState confState) = config.Storage.InitialState();
        Restore(confState);
        if (!hardState.IsEmpty)
        {
            Log.CommitTo(hardState.Commit);
            Term = hardState.Term;
            Vote = hardState.Vote;
        }

        if (config.Applied > 0)
        {
            // What was applied was committed and durable, even if the hard state that says so had not reached the disk.
            Log.CommitTo(config.Applied);
            Log.AppliedTo(config.Applied, 0);
        }

        BecomeFollower(Term, NodeId.None);
    }

    public RaftConfig Config { get; }

    public ulong MaxUncommittedBytes { get; }

    public ulong Id => Config.Id;

    public ulong Term { get; private set; }

    public ulong Vote { get; private set; }

    public ulong LeaderId { get; private set; }

    public RaftLog Log { get; }

    public Role Role { get; private set; }

    /// <summary>Messages to others that may go out at once.</summary>
    public List<Message> Outbox { get; private set; } = [];

    /// <summary>Answers, to others or to this node, that promise something: they go out when all state so far is durable.</summary>
    public List<Message> AfterAppend { get; private set; } = [];

    public List<ReadState> ReadStates { get; private set; } = [];

    public SoftState SoftState => new(LeaderId, Role.Kind);

    public HardState HardState => new(Term, Vote, Log.Committed);

    /// <summary>A <see cref="Ready"/> took the messages and reads: its lists are its own from now on.</summary>
    public void Accept()
    {
        Outbox = [];
        AfterAppend = [];
        if (ReadStates.Count > 0)
        {
            ReadStates = [];
        }
    }

    public void Send(Message message)
    {
        if (message.From == NodeId.None)
        {
            message.From = Id;
        }

        if (message.Type is MessageType.Vote or MessageType.VoteResponse or MessageType.PreVote or MessageType.PreVoteResponse)
        {
            // Campaigns name the term they are about, which need not be the sender's.
            if (message.Term == 0)
            {
                throw new RaftInvariantException($"{message.Type} names its term");
            }
        }
        else if (message.Term != 0)
        {
            throw new RaftInvariantException($"{message.Type} is sent in the sender's term");
        }
        else if (message.Type is not (MessageType.Propose or MessageType.ReadIndex))
        {
            // Forwarded requests belong to no term.
            message.Term = Term;
        }

        // Votes and acknowledgements are promises: kept on disk before they are given (thesis, section 3.8). So are refusals, which may
        // rest on state that is not durable yet.
        if (message.Type is MessageType.AppendResponse or MessageType.VoteResponse or MessageType.PreVoteResponse)
        {
            AfterAppend.Add(message);
            return;
        }

        if (message.To == Id)
        {
            throw new RaftInvariantException($"{message.Type} is not sent to oneself");
        }

        Outbox.Add(message);
    }

    public void BecomeFollower(ulong term, ulong leader)
    {
        if (term < Term)
        {
            throw new RaftInvariantException($"a term never falls: {Term} to {term}");
        }

        Reset(term);
        LeaderId = leader;
        Role = new Follower(this);
    }

    public void BecomePreCandidate()
    {
        RequireNotLeader();
        // Only the role changes: no new term, no vote cast, no timer.
        LeaderId = NodeId.None;
        Role = new Candidate(this, isPreVote: true);
    }

    public void BecomeCandidate()
    {
        RequireNotLeader();
        Reset(Term + 1);
        Vote = Id;
        Role = new Candidate(this, isPreVote: false);
    }

    public void BecomeLeader()
    {
        if (Role is not Candidate)
        {
            throw new RaftInvariantException($"only a candidate becomes leader, not a {Role.Kind}");
        }

        Reset(Term);
        LeaderId = Id;
        RenewProgress();
        Leader leader = new(this);
        Role = leader;
        leader.OpenTerm();
    }

    public void ForgetLeader() => LeaderId = NodeId.None;

    private void Reset(ulong term)
    {
        if (Term != term)
        {
            Term = term;
            Vote = NodeId.None;
        }

        LeaderId = NodeId.None;
        ElectionElapsed = 0;
        RandomizedElectionTimeout = Config.ElectionTick + Config.Random(Config.ElectionTick);
    }

    private void RequireNotLeader()
    {
        if (Role is Leader)
        {
            throw new RaftInvariantException("a leader does not campaign");
        }
    }
}
