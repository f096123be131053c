namespace Netcd.Raft.Tests;

/// <summary>
/// Clusters under loss, doubling and reordering of messages, slow disks, crashes, partitions, compaction and changes of the membership:
/// the safety properties hold after every step, and when all is well again the cluster makes progress. The seed decides everything.
/// </summary>
public class ChaosTests
{
    private const int Steps = 4000;
    private const int LargestNetwork = 400;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_cluster_in_chaos_stays_safe_and_recovers(int seed)
    {
        var chaos = new Chaos(seed);
        for (var step = 0; step < Steps; step++)
            chaos.Step();
        chaos.Recover();
    }

    public static TheoryData<int> Seeds()
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("NETCD_RAFT_SEED"), out var given) ? given : 1;
        var count = int.TryParse(Environment.GetEnvironmentVariable("NETCD_RAFT_SEEDS"), out var wanted) ? wanted : 24;
        return [.. Enumerable.Range(first, count)];
    }

    private sealed class Chaos
    {
        private readonly SeededGenerator _random;
        private readonly TestCluster _cluster;
        private readonly SafetyChecker _safety;
        private readonly Dictionary<ulong, ulong> _readBounds = [];
        private readonly List<Message> _network;
        private readonly bool _isSafeRead;
        private ulong _nextRead;
        private int _proposals;
        private HashSet<ulong> _isolated = [];

        public Chaos(int seed)
        {
            _random = new SeededGenerator((ulong)seed);
            var checkQuorum = Chance(50);
            var options = new MemberOptions
            {
                IsAsync = Chance(75),
                PreVote = Chance(50),
                CheckQuorum = checkQuorum,
                StepDownOnRemoval = Chance(50),
                MaxSizePerMessage = Chance(50) ? 64UL : RaftConfig.NoLimit,
                MaxCommittedSizePerReady = Chance(30) ? 100UL : 0,
                MaxUncommittedEntriesSize = Chance(30) ? 200UL : 0,
                MaxInflightMessages = Chance(50) ? 3 : 256,
            };
            _isSafeRead = options.ReadOnlyOption == ReadOnlyOption.Safe;
            _cluster = new TestCluster(3, options, seed, outsiders: 2);
            _network = _cluster.InFlight;
            _safety = new SafetyChecker(_cluster);
        }

        public void Step()
        {
            var member = _cluster[(ulong)_random.Next(5) + 1];
            switch (_random.Next(100))
            {
                case < 34:
                    Storage(member);
                    break;
                case < 66:
                    Network();
                    break;
                case < 80:
                    if (member.IsUp)
                        member.Raft.Tick();
                    break;
                case < 90:
                    if (member.IsUp)
                        member.Raft.Propose(TestCluster.Bytes($"proposal {_proposals++}"));
                    break;
                case < 93:
                    Read(member);
                    break;
                case < 94:
                    ChangeMembership(member);
                    break;
                case < 95:
                    if (member.IsUp)
                        member.Raft.TransferLeader((ulong)_random.Next(5) + 1);
                    break;
                case < 96:
                    if (member.IsUp && member.Raft.BasicStatus.SoftState.Role == RaftRole.Follower)
                        member.Raft.ForgetLeader();
                    break;
                case < 97:
                    member.Compact((ulong)_random.Next(4));
                    break;
                case < 98:
                    _isolated = Chance(50) ? [] : [(ulong)_random.Next(5) + 1, (ulong)_random.Next(5) + 1];
                    break;
                default:
                    CrashOrRestart(member);
                    break;
            }

            _safety.Check();
        }

        public void Recover()
        {
            _isolated = [];
            foreach (var member in _cluster.Members.Where(member => !member.IsUp))
                member.Restart();
            var hasRecovered = false;
            for (var round = 0; round < 200 && !hasRecovered; round++)
            {
                _cluster.TickAll(1);
                hasRecovered = HasRecovered();
                _safety.Check();
            }

            Assert.True(hasRecovered, $"the cluster makes progress when all is well again\n{_cluster.Summary()}");
            _safety.CheckLogMatching();
            foreach (var member in _cluster.Members)
                CheckReads(member);
        }

        private bool HasRecovered()
        {
            // Who is no voter any more and may stay leader is restarted by its application.
            if (_cluster.Leader is { } last && !last.ConfState.Voters.Concat(last.ConfState.VotersOutgoing).Contains(last.Id))
                last.Restart();
            if (_cluster.Leader is not { } leader || !leader.IsLeader || leader.ConfState.VotersOutgoing.Count > 0)
                return LeavesJoint();
            if (leader.Raft.Propose(TestCluster.Bytes("recovered")) != StepResult.Ok)
                return false;
            _cluster.Settle();
            var state = leader.ConfState;
            return state.Voters.Concat(state.Learners).All(id => _cluster[id].Applied == leader.Commit && leader.Applied == leader.Commit);
        }

        // An explicit joint configuration stays until someone leaves it.
        private bool LeavesJoint()
        {
            _cluster.Leader?.Raft.ProposeConfChange(new ConfChangeV2());
            return false;
        }

        private void Storage(Member member)
        {
            if (!member.IsUp)
                return;
            switch (_random.Next(3))
            {
                case 0 when member.Raft.HasReady:
                    _cluster.Send(member.TakeReady());
                    CheckReads(member);
                    break;
                case 1 when member.AppendWork.Count > 0:
                    _cluster.Send(member.DoAppend());
                    break;
                case 2 when member.ApplyWork.Count > 0:
                    _cluster.Send(member.DoApply());
                    break;
            }
        }

        private void Network()
        {
            if (_network.Count == 0)
                return;
            // Mostly in order, sometimes any of them.
            var at = Chance(70) ? 0 : _random.Next(_network.Count);
            var message = _network[at];
            var keeps = Chance(4) && _network.Count < LargestNetwork;
            if (!keeps)
                _network.RemoveAt(at);
            if (Chance(4) || _isolated.Contains(message.From) != _isolated.Contains(message.To))
                Lose(message);
            else
                _cluster.Deliver(message);
        }

        private void Lose(Message message)
        {
            var sender = _cluster[message.From].Raft;
            if (message.Type == MessageType.Snapshot)
                sender.ReportSnapshot(message.To, SnapshotOutcome.Failed);
            else
                sender.ReportUnreachable(message.To);
        }

        private void Read(Member member)
        {
            if (!member.IsUp || !_isSafeRead)
                return;
            _readBounds[++_nextRead] = _safety.HighestCommit;
            member.Raft.ReadIndex(BitConverter.GetBytes(_nextRead));
        }

        // A read sees all that was committed anywhere when it was asked.
        private void CheckReads(Member member)
        {
            foreach (var read in member.Reads)
                Assert.True(read.Index >= _readBounds[BitConverter.ToUInt64(read.Context.Span)], $"member {member.Id} reads the past");
            member.Reads.Clear();
        }

        private void ChangeMembership(Member member)
        {
            if (!member.IsUp)
                return;
            var id = (ulong)_random.Next(5) + 1;
            var type = _random.Next(4) switch
            {
                0 when member.ConfState.Voters.Count > 2 => ConfChangeType.RemoveNode,
                1 => ConfChangeType.AddLearnerNode,
                _ => ConfChangeType.AddNode,
            };
            if (type == ConfChangeType.AddLearnerNode && member.ConfState.Voters.Count <= 2)
                type = ConfChangeType.AddNode;
            var change = new ConfChangeSingle(type, id);
            if (member.ConfState.VotersOutgoing.Count > 0)
            {
                if (!member.ConfState.AutoLeave)
                    member.Raft.ProposeConfChange(new ConfChangeV2());
            }
            else if (Chance(40))
            {
                member.Raft.ProposeConfChange(new ConfChange { Type = change.Type, NodeId = change.NodeId });
            }
            else
            {
                member.Raft.ProposeConfChange(new ConfChangeV2
                {
                    Transition = Chance(50) ? ConfChangeTransition.JointImplicit : ConfChangeTransition.JointExplicit,
                    Changes = [change, new ConfChangeSingle(ConfChangeType.AddNode, (ulong)_random.Next(5) + 1)],
                });
            }
        }

        private void CrashOrRestart(Member member)
        {
            if (!member.IsUp)
            {
                member.Restart();
            }
            else if (Chance(50))
            {
                member.Crash();
                _safety.Forget(member.Id);
            }
        }

        private bool Chance(int percent) => _random.Next(100) < percent;
    }
}
