using System.Text;
using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests;

/// <summary>
/// A member with a disk that survives it: what was written is there after a restart, what was only handed out is not. Its state machine
/// is a chain of hashes over all that it applied, so that two members agree on a hash only if they agree on everything before.
/// </summary>
internal sealed class Member : ILogStorage
{
    private readonly MemoryLogStorage _log = new();
    private readonly MemberOptions _options;
    private readonly Func<int, int> _random;
    private HardState _hardState;
    private ConfState _confState = ConfState.Empty;
    private ulong _appliedTerm;

    public Member(ulong id, MemberOptions options, Func<int, int> random)
    {
        Id = id;
        _options = options;
        _random = random;
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

    public ConfState ConfState => _confState;

    public bool IsLeader => IsUp && Raft.BasicStatus.SoftState.Role == RaftRole.Leader;

    public ulong Term => Raft.BasicStatus.HardState.Term;

    public ulong Commit => Raft.BasicStatus.HardState.Commit;

    public ulong Leader => Raft.BasicStatus.SoftState.Leader;

    public ulong FirstIndex => _log.FirstIndex;

    public ulong LastIndex => _log.LastIndex;

    public InitialState InitialState() => new(_hardState, _confState);

    public LogResult Entries(ulong low, ulong high, ulong maxBytes, out ReadOnlyMemory<Entry> entries) =>
        _log.Entries(low, high, maxBytes, out entries);

    LogResult ILogStorage.Term(ulong index, out ulong term) => _log.Term(index, out term);

    /// <summary>The state applied now.</summary>
    public LogResult Snapshot(out Snapshot snapshot)
    {
        snapshot = new Snapshot
        {
            Data = BitConverter.GetBytes(StateHash),
            Metadata = new SnapshotMetadata { Index = Applied, Term = _appliedTerm, ConfState = _confState },
        };
        return LogResult.Ok;
    }

    /// <summary>Puts a log on the disk of a member that starts from it.</summary>
    public void Seed(ConfState confState, HardState hardState, params Entry[] entries)
    {
        (_confState, _hardState) = (confState, hardState);
        _log.Append(entries);
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
        var ready = Raft.Ready();
        Reads.AddRange(ready.ReadStates);
        if (!_options.IsAsync)
        {
            Write(ready.HardState ?? default, ready.Entries, ready.Snapshot);
            Apply(ready.CommittedEntries);
            Raft.Advance();
            return [.. ready.Messages];
        }

        var outgoing = new List<Message>();
        foreach (var message in ready.Messages)
        {
            if (message.To == NodeId.AppendStorage)
                AppendWork.Enqueue(message);
            else if (message.To == NodeId.ApplyStorage)
                ApplyWork.Enqueue(message);
            else
                outgoing.Add(message);
        }

        return outgoing;
    }

    /// <summary>Does one piece of the log's work and returns what it promised to others.</summary>
    public List<Message> DoAppend()
    {
        var work = AppendWork.Dequeue();
        Write(work.HardState, work.Entries, work.Snapshot);
        return Respond(work);
    }

    public List<Message> DoApply()
    {
        var work = ApplyWork.Dequeue();
        Apply(work.Entries);
        return Respond(work);
    }

    /// <summary>Drops the log but for what is not applied and <paramref name="keep"/> entries before.</summary>
    public void Compact(ulong keep)
    {
        if (Applied >= FirstIndex + keep)
            Assert.Equal(LogResult.Ok, _log.Compact(Applied - keep));
    }

    public List<Entry> DurableEntries()
    {
        if (LastIndex < FirstIndex)
            return [];
        Assert.Equal(LogResult.Ok, _log.Entries(FirstIndex, LastIndex + 1, RaftConfig.NoLimit, out var entries));
        return [.. entries.ToArray()];
    }

    private RaftNode Start() => new(new RaftConfig
    {
        Id = Id,
        ElectionTick = 10,
        HeartbeatTick = 1,
        Storage = this,
        Random = _random,
        Applied = Applied,
        AsyncStorageWrites = _options.IsAsync,
        PreVote = _options.PreVote,
        CheckQuorum = _options.CheckQuorum,
        StepDownOnRemoval = _options.StepDownOnRemoval,
        DisableProposalForwarding = _options.DisableProposalForwarding,
        ReadOnlyOption = _options.ReadOnlyOption,
        MaxSizePerMessage = _options.MaxSizePerMessage,
        MaxCommittedSizePerReady = _options.MaxCommittedSizePerReady,
        MaxUncommittedEntriesSize = _options.MaxUncommittedEntriesSize,
        MaxInflightMessages = _options.MaxInflightMessages,
        MaxInflightBytes = _options.MaxInflightBytes,
    });

    private List<Message> Respond(Message work)
    {
        var outgoing = new List<Message>();
        foreach (var response in work.Responses)
        {
            if (response.To == Id)
                Raft.Step(response);
            else
                outgoing.Add(response);
        }

        return outgoing;
    }

    private void Write(HardState state, ReadOnlyMemory<Entry> entries, Snapshot? snapshot)
    {
        if (!state.IsEmpty)
            _hardState = state;
        if (snapshot is { IsEmpty: false })
        {
            Assert.Equal(LogResult.Ok, _log.ApplySnapshot(snapshot));
            _confState = snapshot.Metadata.ConfState;
            Applied = snapshot.Metadata.Index;
            _appliedTerm = snapshot.Metadata.Term;
            StateHash = BitConverter.ToUInt64(snapshot.Data.Span);
            OnApplied?.Invoke(Applied, snapshot.Metadata.Term, StateHash);
        }

        _log.Append(entries.Span);
    }

    private void Apply(ReadOnlyMemory<Entry> entries)
    {
        foreach (var entry in entries.Span)
        {
            Assert.Equal(Applied + 1, entry.Index);
            Applied = entry.Index;
            _appliedTerm = entry.Term;
            StateHash = Mix(StateHash, entry);
            if (entry.Type == EntryType.ConfChange)
                _confState = Raft.ApplyConfChange(RaftWire.DecodeConfChange(entry.Data));
            else if (entry.Type == EntryType.ConfChangeV2)
                _confState = Raft.ApplyConfChange(RaftWire.DecodeConfChangeV2(entry.Data));
            else if (!entry.Data.IsEmpty)
                AppliedTexts.Add(Encoding.UTF8.GetString(entry.Data.Span));
            OnApplied?.Invoke(entry.Index, entry.Term, StateHash);
        }
    }

    private static ulong Mix(ulong hash, Entry entry)
    {
        foreach (var value in RaftWire.Encode(in entry))
            hash = (hash ^ value) * 1099511628211;
        return hash;
    }
}
