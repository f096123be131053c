using System.Text;
using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Cluster;

/// <summary>
/// A member with a disk that survives it: what was written is there after a restart, what was only handed out is not. Its state machine
/// is a chain of hashes over all that it applied, so that two members agree on a hash only if they agree on everything before.
/// </summary>
internal sealed class Member : ILogStorage
{
    private readonly MemoryLogStorage log = new();
    private readonly MemberOptions options;
    private readonly Func<int, int> random;
    private HardState hardState;
    private ConfState confState = ConfState.Empty;
    private ulong appliedTerm;

    public Member(ulong id, MemberOptions options, Func<int, int> random)
    {
        Id = id;
        this.options = options;
        this.random = random;
        Raft = Start();
    }

    public ulong Id { get; }

    public RaftNode Raft { get; private set; }

    public bool IsUp { get; private set; } = true;

    public ulong Applied { get; private set; }

    public ulong StateHash { get; private set; } = 14695981039346656037;

    /// <summary>The payloads applied here since the member was made, without empty entries and configuration changes.</summary>
    public List<string> AppliedTexts { get; } = [];

    /// <summary>Called with index, term and state after each entry applied.</summary>
    public Action<ulong, ulong, ulong>? OnApplied { get; set; }

    public List<ReadState> Reads { get; } = [];

    public Queue<Message> AppendWork { get; } = new();

    public Queue<Message> ApplyWork { get; } = new();

    public ConfState ConfState => confState;

    public bool IsLeader => IsUp && Raft.BasicStatus.SoftState.Role == RaftRole.Leader;

    public ulong Term => Raft.BasicStatus.HardState.Term;

    public ulong Commit => Raft.BasicStatus.HardState.Commit;

    public ulong Leader => Raft.BasicStatus.SoftState.Leader;

    public ulong FirstIndex => log.FirstIndex;

    public ulong LastIndex => log.LastIndex;

    public InitialState InitialState() => new(hardState, confState);

    public LogResult Entries(ulong low, ulong high, ulong maxBytes, out ReadOnlyMemory<Entry> entries) =>
        log.Entries(low, high, maxBytes, out entries);

    LogResult ILogStorage.Term(ulong index, out ulong term) => log.Term(index, out term);

    /// <summary>The state applied now.</summary>
    public LogResult Snapshot(out Snapshot snapshot)
    {
        snapshot = new Snapshot
        {
            Data = BitConverter.GetBytes(StateHash),
            Metadata = new SnapshotMetadata { Index = Applied, Term = appliedTerm, ConfState = confState },
        };
        return LogResult.Ok;
    }

    /// <summary>Puts a log on the disk of a member that starts from it.</summary>
    public void Seed(ConfState confState, HardState hardState, params Entry[] entries)
    {
        (this.confState, this.hardState) = (confState, hardState);
        log.Append(entries);
        Restart();
    }

    public void Crash()
    {
        IsUp = false;
        AppendWork.Clear();
        ApplyWork.Clear();
    }

    public void Restart()
    {
        AppendWork.Clear();
        ApplyWork.Clear();
        Raft = Start();
        IsUp = true;
    }

    /// <summary>Takes a Ready; what is to be sent is returned.</summary>
    public List<Message> TakeReady()
    {
        Ready ready = Raft.Ready();
        Reads.AddRange(ready.ReadStates);
        if (!options.IsAsync)
        {
            Write(ready.HardState ?? default, ready.Entries, ready.Snapshot);
            Apply(ready.CommittedEntries);
            Raft.Advance();
            return [.. ready.Messages];
        }

        List<Message> outgoing = [];
        foreach (Message message in ready.Messages)
        {
            if (message.To == NodeId.AppendStorage)
            {
                AppendWork.Enqueue(message);
            }
            else if (message.To == NodeId.ApplyStorage)
            {
                ApplyWork.Enqueue(message);
            }
            else
            {
                outgoing.Add(message);
            }
        }

        return outgoing;
    }

    /// <summary>Does one piece of the log's work and returns what it promised to others.</summary>
    public List<Message> DoAppend()
    {
        Message work = AppendWork.Dequeue();
        Write(work.HardState, work.Entries, work.Snapshot);
        return Respond(work);
    }

    public List<Message> DoApply()
    {
        Message work = ApplyWork.Dequeue();
        Apply(work.Entries);
        return Respond(work);
    }

    /// <summary>Drops the log but for what is not applied and <paramref name="keep"/> entries before.</summary>
    public void Compact(ulong keep)
    {
        if (Applied >= FirstIndex + keep)
        {
            Assert.Equal(LogResult.Ok, log.Compact(Applied - keep));
        }
    }

    public List<Entry> DurableEntries()
    {
        if (LastIndex < FirstIndex)
        {
            return [];
        }

        Assert.Equal(LogResult.Ok, log.Entries(FirstIndex, LastIndex + 1, RaftConfig.NoLimit, out ReadOnlyMemory<Entry> entries));
        return [.. entries.ToArray()];
    }

    private RaftNode Start() => new(new RaftConfig
    {
        Id = Id,
        ElectionTick = 10,
        HeartbeatTick = 1,
        Storage = this,
        Random = random,
        Applied = Applied,
        AsyncStorageWrites = options.IsAsync,
        PreVote = options.PreVote,
        CheckQuorum = options.CheckQuorum,
        StepDownOnRemoval = options.StepDownOnRemoval,
        DisableProposalForwarding = options.DisableProposalForwarding,
        ReadOnlyOption = options.ReadOnlyOption,
        SharedReadRounds = options.SharedReadRounds,
        MaxSizePerMessage = options.MaxSizePerMessage,
        MaxCommittedSizePerReady = options.MaxCommittedSizePerReady,
        MaxUncommittedEntriesSize = options.MaxUncommittedEntriesSize,
        MaxInflightMessages = options.MaxInflightMessages,
        MaxInflightBytes = options.MaxInflightBytes,
    });

    private List<Message> Respond(Message work)
    {
        List<Message> outgoing = [];
        foreach (Message response in work.Responses)
        {
            if (response.To == Id)
            {
                Raft.Step(response);
            }
            else
            {
                outgoing.Add(response);
            }
        }

        return outgoing;
    }

    private void Write(HardState state, ReadOnlyMemory<Entry> entries, Snapshot? snapshot)
    {
        if (!state.IsEmpty)
        {
            hardState = state;
        }

        if (snapshot is { IsEmpty: false })
        {
            Assert.Equal(LogResult.Ok, log.ApplySnapshot(snapshot));
            confState = snapshot.Metadata.ConfState;
            Applied = snapshot.Metadata.Index;
            appliedTerm = snapshot.Metadata.Term;
            StateHash = BitConverter.ToUInt64(snapshot.Data.Span);
            OnApplied?.Invoke(Applied, snapshot.Metadata.Term, StateHash);
        }

        log.Append(entries.Span);
    }

    private void Apply(ReadOnlyMemory<Entry> entries)
    {
        foreach (Entry entry in entries.Span)
        {
            Assert.Equal(Applied + 1, entry.Index);
            Applied = entry.Index;
            appliedTerm = entry.Term;
            StateHash = Mix(StateHash, entry);
            if (entry.Type == EntryType.ConfChange)
            {
                confState = Raft.ApplyConfChange(RaftWire.DecodeConfChange(entry.Data));
            }
            else if (entry.Type == EntryType.ConfChangeV2)
            {
                confState = Raft.ApplyConfChange(RaftWire.DecodeConfChangeV2(entry.Data));
            }
            else if (!entry.Data.IsEmpty)
            {
                AppliedTexts.Add(Encoding.UTF8.GetString(entry.Data.Span));
            }

            OnApplied?.Invoke(entry.Index, entry.Term, StateHash);
        }
    }

    private static ulong Mix(ulong hash, Entry entry)
    {
        foreach (byte value in RaftWire.Encode(in entry))
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }
}
