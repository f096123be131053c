using System.Globalization;
using System.Text;

namespace Netcd.Raft.Tests.Text;

/// <summary>A set of nodes driven by the commands of a text file, printing all that happens.</summary>
internal sealed partial class Scenario
{
    private readonly List<ScenarioNode> nodes = [];
    private List<Message> messages = [];
    private StringBuilder output = new();
    private bool isQuiet;

    /// <summary>Runs a command and returns what it printed.</summary>
    public string Run(TextCase test)
    {
        output.Clear();
        string error = Handle(test);
        if (error.Length > 0)
        {
            if (isQuiet)
            {
                return error;
            }

            output.Append(error);
        }

        return output.Length == 0 ? "ok" : output.ToString();
    }

    private string Handle(TextCase test)
    {
        switch (test.Command)
        {
            case "_breakpoint":
                return "";
            case "add-nodes":
                return AddNodes(test);
            case "campaign":
                Node(test).Raft.Campaign();
                return "";
            case "compact":
                Assert.Equal(LogResult.Ok, Node(test).Log.Compact(ulong.Parse(test.Plain.ElementAt(1), CultureInfo.InvariantCulture)));
                PrintLog(Node(test));
                return "";
            case "deliver-msgs":
                DeliverMessages(test);
                return "";
            case "process-ready":
                ForEach(test, "handling Ready", ProcessReady);
                return "";
            case "process-append-thread":
                ForEach(test, "processing append thread", node => ProcessAppend(node));
                return "";
            case "process-apply-thread":
                ForEach(test, "processing apply thread", node => ProcessApply(node));
                return "";
            case "log-level":
                isQuiet = string.Equals(test.Plain.First(), "none", StringComparison.OrdinalIgnoreCase);
                return "";
            case "raft-log":
                PrintLog(Node(test));
                return "";
            case "raft-state":
                PrintState();
                return "";
            case "set-randomized-election-timeout":
                Node(test).Raft.SetRandomizedElectionTimeout(int.Parse(test.Value("timeout")!, CultureInfo.InvariantCulture));
                return "";
            case "stabilize":
                Stabilize(test);
                return "";
            case "status":
                foreach ((ulong id, ProgressStatus progress) in Node(test).Raft.Status().Progress)
                {
                    Write($"{id}: {Describe.Progress(progress)}\n");
                }

                return "";
            case "tick-election":
                Tick(Node(test), Node(test).Config.ElectionTick);
                return "";
            case "tick-heartbeat":
                Tick(Node(test), Node(test).Config.HeartbeatTick);
                return "";
            case "transfer-leadership":
                nodes[int.Parse(test.Value("from")!, CultureInfo.InvariantCulture) - 1].Raft
                    .TransferLeader(ulong.Parse(test.Value("to")!, CultureInfo.InvariantCulture));
                return "";
            case "forget-leader":
                Node(test).Raft.ForgetLeader();
                return "";
            case "send-snapshot":
                SendSnapshot(test);
                return "";
            case "propose":
                return Describe.Result(Node(test).Raft.Propose(Encoding.UTF8.GetBytes(test.Plain.ElementAt(1))));
            case "propose-conf-change":
                return ProposeConfChange(test);
            case "report-unreachable":
                Node(test).Raft.ReportUnreachable(Nodes(test)[1].Raft.Id);
                return "";
            default:
                return ExtraCommand(test);
        }
    }

    private ScenarioNode Node(TextCase test) => Nodes(test)[0];

    private List<ScenarioNode> Nodes(TextCase test) =>
    [
        .. test.Plain.TakeWhile(word => char.IsAsciiDigit(word[0])).Select(word => int.Parse(word, CultureInfo.InvariantCulture))
            .Where(id => id <= nodes.Count).Select(id => nodes[id - 1]),
    ];

    private void Write(string text)
    {
        if (!isQuiet)
        {
            output.Append(text);
        }
    }

    private void Indented(Action action)
    {
        StringBuilder outer = output;
        output = new StringBuilder();
        action();
        string inner = output.ToString();
        output = outer;
        if (inner.Length == 0)
        {
            return;
        }

        foreach (string line in inner.TrimEnd('\n').Split('\n'))
        {
            Write($"  {line}\n");
        }
    }

    private void ForEach(TextCase test, string doing, Action<ScenarioNode> action)
    {
        List<ScenarioNode> nodes = Nodes(test);
        foreach (ScenarioNode node in nodes)
        {
            if (nodes.Count == 1)
            {
                action(node);
                continue;
            }

            Write($"> {node.Raft.Id} {doing}\n");
            Indented(() => action(node));
        }
    }

    private string AddNodes(TextCase test)
    {
        int count = int.Parse(test.Plain.First(), CultureInfo.InvariantCulture);
        ulong index = ulong.Parse(test.Value("index") ?? "0", CultureInfo.InvariantCulture);
        Snapshot snapshot = new()
        {
            Data = Encoding.UTF8.GetBytes(test.Value("content") ?? ""),
            Metadata = new SnapshotMetadata
            {
                Index = index,
                Term = index > 0 ? 1UL : 0,
                ConfState = new ConfState { Voters = Ids(test, "voters"), Learners = Ids(test, "learners") },
            },
        };
        bool bootstraps = index > 0 || snapshot.Data.Length > 0
            || snapshot.Metadata.ConfState.Voters.Count + snapshot.Metadata.ConfState.Learners.Count > 0;
        if (bootstraps && index <= 1)
        {
            return "index must be specified as > 1 due to bootstrap";
        }

        for (int i = 0; i < count; i++)
        {
            MemoryLogStorage log = new();
            if (bootstraps)
            {
                log.ApplySnapshot(snapshot);
            }

            List<Snapshot> history = [snapshot];
            ulong id = (ulong)nodes.Count + 1;
            ScenarioStorage storage = new(log, history);
            nodes.Add(new ScenarioNode(applied => Configure(test, id, applied, storage), log, history));
        }

        return "";
    }

    private static RaftConfig Configure(TextCase test, ulong id, ulong applied, ILogStorage storage) => new()
    {
        Id = id,
        ElectionTick = 3,
        HeartbeatTick = 1,
        Storage = storage,
        Random = new SeededGenerator(id).Next,
        Applied = applied,
        MaxSizePerMessage = Number(test, "max-size-per-message", RaftConfig.NoLimit),
        MaxCommittedSizePerReady = Number(test, "max-committed-size-per-ready", 0),
        MaxUncommittedEntriesSize = Number(test, "max-uncommitted-size", 0),
        MaxInflightMessages = (int)Number(test, "inflight", int.MaxValue),
        MaxInflightBytes = Number(test, "inflight-bytes", 0),
        AsyncStorageWrites = Flag(test, "async-storage-writes"),
        PreVote = Flag(test, "prevote"),
        CheckQuorum = Flag(test, "checkquorum"),
        DisableConfChangeValidation = Flag(test, "disable-conf-change-validation"),
        DisableProposalForwarding = Flag(test, "disable-proposal-forwarding"),
        StepDownOnRemoval = Flag(test, "step-down-on-removal"),
        ReadOnlyOption = test.Value("read-only") == "lease-based" ? ReadOnlyOption.LeaseBased : ReadOnlyOption.Safe,
    };

    private static bool Flag(TextCase test, string key) => test.Value(key) is "true";

    private static ulong Number(TextCase test, string key, ulong otherwise) =>
        test.Value(key) is { } value ? ulong.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    private static List<ulong> Ids(TextCase test, string key) =>
        [.. test.Values(key).Select(value => ulong.Parse(value, CultureInfo.InvariantCulture))];

    private static string ProposeConfChange(ScenarioNode node, TextCase test)
    {
        List<ConfChangeSingle> changes = Describe.ParseChanges(test.Input);
        ConfChangeTransition transition = test.Value("transition") switch
        {
            "implicit" => ConfChangeTransition.JointImplicit,
            "explicit" => ConfChangeTransition.JointExplicit,
            _ => ConfChangeTransition.Auto,
        };
        if (!Flag(test, "v1"))
        {
            return Describe.Result(node.Raft.ProposeConfChange(new ConfChangeV2 { Transition = transition, Changes = changes }));
        }

        return changes.Count > 1 || transition != ConfChangeTransition.Auto
            ? "v1 conf change can only have one operation and no transition"
            : Describe.Result(node.Raft.ProposeConfChange(new ConfChange { Type = changes[0].Type, NodeId = changes[0].NodeId }));
    }

    private string ProposeConfChange(TextCase test) => ProposeConfChange(Node(test), test);

    private void PrintLog(ScenarioNode node)
    {
        (ulong first, ulong last) = (node.Log.FirstIndex, node.Log.LastIndex);
        if (last < first)
        {
            Write($"log is empty: first index={first}, last index={last}");
            return;
        }

        Assert.Equal(LogResult.Ok, node.Log.Entries(first, last + 1, RaftConfig.NoLimit, out ReadOnlyMemory<Entry> entries));
        Write(Describe.Entries(entries));
    }

    private void PrintState()
    {
        foreach (ScenarioNode node in nodes)
        {
            Status status = node.Raft.Status();
            bool isVoter = status.Configuration.Voters.Concat(status.Configuration.VotersOutgoing).Contains(node.Raft.Id);
            (ulong leader, RaftRole role) = status.Basic.SoftState;
            Write($"{node.Raft.Id}: State{role} ({(isVoter ? "Voter" : "Non-Voter")}) Term:{status.Basic.HardState.Term} Lead:{leader}\n");
        }
    }

    private void SendSnapshot(TextCase test)
    {
        (ScenarioNode from, ScenarioNode to) = (Nodes(test)[0], Nodes(test)[1]);
        Message message = new()
        {
            Type = MessageType.Snapshot,
            Term = from.Raft.BasicStatus.HardState.Term,
            From = from.Raft.Id,
            To = to.Raft.Id,
            Snapshot = from.History[^1],
        };
        messages.Add(message);
        Write(Describe.Message(message));
    }

    private static void Tick(ScenarioNode node, int ticks)
    {
        for (int i = 0; i < ticks; i++)
        {
            node.Raft.Tick();
        }
    }
}
