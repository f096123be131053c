using Netcd.Raft.Tests.Cluster;

namespace Netcd.Raft.Tests.Consensus;

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
        Chaos chaos = new(seed);
        for (int step = 0; step < Steps; step++)
        {
            chaos.Step();
        }

        chaos.Recover();
    }

    public static TheoryData<int> Seeds()
    {
        int first = int.TryParse(Environment.GetEnvironmentVariable("NETCD_RAFT_SEED"), out int given) ? given : 1;
        int count = int.TryParse(Environment.GetEnvironmentVariable("NETCD_RAFT_SEEDS"), out int wanted) ? wanted : 24;
        return [.. Enumerable.Range(first, count)];
    }

    private sealed class Chaos
    {
        private readonly SeededGenerator random;
        private readonly TestCluster cluster;
        private readonly SafetyChecker safety;
        private readonly Dictionary<ulong, ulong> readBounds = [];
        private readonly List<Message> network;
        private readonly bool isSafeRead;
        private ulong nextRead;
        private int proposals;
        private HashSet<ulong> isolated = [];

        public Chaos(int seed)
        {
            random = new SeededGenerator((ulong)seed);
            bool checkQuorum = Chance(50);
            MemberOptions options = new()
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
            isSafeRead = options.ReadOnlyOption == ReadOnlyOption.Safe;
            cluster = new TestCluster(3, options, seed, outsiders: 2);
            network = cluster.InFlight;
            safety = new SafetyChecker(cluster);
        }

        public void Step()
        {
            Member member = cluster[(ulong)random.Next(5) + 1];
            switch (random.Next(100))
            {
                case < 34:
                    Storage(member);
                    break;
                case < 66:
                    Network();
                    break;
                case < 80:
                    if (member.IsUp)
                    {
                        member.Raft.Tick();
                    }

                    break;
                case < 90:
                    if (member.IsUp)
                    {
                        member.Raft.Propose(TestCluster.Bytes($"proposal {proposals++}"));
                    }

                    break;
                case < 93:
                    Read(member);
                    break;
                case < 94:
                    ChangeMembership(member);
                    break;
                case < 95:
                    if (member.IsUp)
                    {
                        member.Raft.TransferLeader((ulong)random.Next(5) + 1);
                    }

                    break;
                case < 96:
                    if (member.IsUp && member.Raft.BasicStatus.SoftState.Role == RaftRole.Follower)
                    {
                        member.Raft.ForgetLeader();
                    }

                    break;
                case < 97:
                    member.Compact((ulong)random.Next(4));
                    break;
                case < 98:
                    isolated = Chance(50) ? [] : [(ulong)random.Next(5) + 1, (ulong)random.Next(5) + 1];
                    break;
                default:
                    CrashOrRestart(member);
                    break;
            }

            safety.Check();
        }

        public void Recover()
        {
            isolated = [];
            foreach (Member member in cluster.Members.Where(member => !member.IsUp))
            {
                member.Restart();
            }

            bool hasRecovered = false;
            for (int round = 0; round < 200 && !hasRecovered; round++)
            {
                cluster.TickAll(1);
                hasRecovered = HasRecovered();
                safety.Check();
            }

            Assert.True(hasRecovered, $"the cluster makes progress when all is well again\n{cluster.Summary()}");
            safety.CheckLogMatching();
            foreach (Member member in cluster.Members)
            {
                CheckReads(member);
            }
        }

        private bool HasRecovered()
        {
            // Who is no voter any more and may stay leader is restarted by its application.
            if (cluster.Leader is { } last && !last.ConfState.Voters.Concat(last.ConfState.VotersOutgoing).Contains(last.Id))
            {
                last.Restart();
            }

            if (cluster.Leader is not { } leader || !leader.IsLeader || leader.ConfState.VotersOutgoing.Count > 0)
            {
                return LeavesJoint();
            }

            if (leader.Raft.Propose(TestCluster.Bytes("recovered")) != StepResult.Ok)
            {
                return false;
            }

            cluster.Settle();
            ConfState state = leader.ConfState;
            return state.Voters.Concat(state.Learners).All(id => cluster[id].Applied == leader.Commit && leader.Applied == leader.Commit);
        }

        // An explicit joint configuration stays until someone leaves it.
        private bool LeavesJoint()
        {
            cluster.Leader?.Raft.ProposeConfChange(new ConfChangeV2());
            return false;
        }

        private void Storage(Member member)
        {
            if (!member.IsUp)
            {
                return;
            }

            switch (random.Next(3))
            {
                case 0 when member.Raft.HasReady:
                    cluster.Send(member.TakeReady());
                    CheckReads(member);
                    break;
                case 1 when member.AppendWork.Count > 0:
                    cluster.Send(member.DoAppend());
                    break;
                case 2 when member.ApplyWork.Count > 0:
                    cluster.Send(member.DoApply());
                    break;
            }
        }

        private void Network()
        {
            if (network.Count == 0)
            {
                return;
            }

            // Mostly in order, sometimes any of them.
            int at = Chance(70) ? 0 : random.Next(network.Count);
            Message message = network[at];
            bool keeps = Chance(4) && network.Count < LargestNetwork;
            if (!keeps)
            {
                network.RemoveAt(at);
            }

            if (Chance(4) || isolated.Contains(message.From) != isolated.Contains(message.To))
            {
                Lose(message);
            }
            else
            {
                cluster.Deliver(message);
            }
        }

        private void Lose(Message message)
        {
            RaftNode sender = cluster[message.From].Raft;
            if (message.Type == MessageType.Snapshot)
            {
                sender.ReportSnapshot(message.To, SnapshotOutcome.Failed);
            }
            else
            {
                sender.ReportUnreachable(message.To);
            }
        }

        private void Read(Member member)
        {
            if (!member.IsUp || !isSafeRead)
            {
                return;
            }

            readBounds[++nextRead] = safety.HighestCommit;
            member.Raft.ReadIndex(BitConverter.GetBytes(nextRead));
        }

        // A read sees all that was committed anywhere when it was asked.
        private void CheckReads(Member member)
        {
            foreach (ReadState read in member.Reads)
            {
                Assert.True(read.Index >= readBounds[BitConverter.ToUInt64(read.Context.Span)], $"member {member.Id} reads the past");
            }

            member.Reads.Clear();
        }

        private void ChangeMembership(Member member)
        {
            if (!member.IsUp)
            {
                return;
            }

            ulong id = (ulong)random.Next(5) + 1;
            ConfChangeType type = random.Next(4) switch
            {
                0 when member.ConfState.Voters.Count > 2 => ConfChangeType.RemoveNode,
                1 => ConfChangeType.AddLearnerNode,
                _ => ConfChangeType.AddNode,
            };
            if (type == ConfChangeType.AddLearnerNode && member.ConfState.Voters.Count <= 2)
            {
                type = ConfChangeType.AddNode;
            }

            ConfChangeSingle change = new(type, id);
            if (member.ConfState.VotersOutgoing.Count > 0)
            {
                if (!member.ConfState.AutoLeave)
                {
                    member.Raft.ProposeConfChange(new ConfChangeV2());
                }
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
                    Changes = [change, new ConfChangeSingle(ConfChangeType.AddNode, (ulong)random.Next(5) + 1)],
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
                safety.Forget(member.Id);
            }
        }

        private bool Chance(int percent) => random.Next(100) < percent;
    }
}
