using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Faults;

/// <summary>What operators do at bad moments.</summary>
internal sealed class ClusterFaults(
    SimulatedCluster cluster, SimulationRandom random, Operator @operator, ClientLedger ledger, HistoryRecorder history)
{
    /// <summary>Does it; false where it is none of these, or none that can be.</summary>
    public bool Inject(FaultKind kind)
    {
        List<SimulatedMember> up = [.. cluster.Serving];
        if (up.Count == 0)
        {
            return false;
        }

        SimulatedMember member = random.Pick(up);
        switch (kind)
        {
            case FaultKind.LeaderTransfer:
                EtcdNode leader = (cluster.Leader ?? member).Node!;
                cluster.Trace.Fault($"{kind}: to {member.Name}");
                leader.Peers.TransferLeadership(new MemberId(member.Id));
                return true;
            case FaultKind.Compaction:
                return Compact(kind, member);
            case FaultKind.ForcedCommit:
                cluster.Trace.Fault($"{kind}: {member.Name}");
                member.Node!.Backend.ForceCommit(static () => { });
                return true;
            case FaultKind.Defragmentation:
                cluster.Trace.Fault($"{kind}: {member.Name}");
                ReadThrough(member);
                member.Node!.Backend.Defragment(static _ => { });
                return true;
            case FaultKind.MemberChange:
                return @operator.ChangeSize();
            default:
                return false;
        }
    }

    /// <summary>Somebody reads the whole image of the state as it is now, and takes a while: a backup.</summary>
    private void ReadThrough(SimulatedMember member)
    {
        int life = member.Life;
        ReadHandle handle = member.Node!.Reads.Acquire();
        cluster.Time.After(random.Between(0, 2 * VirtualTime.Second), () =>
        {
            if (member.Life == life)
            {
                member.Run("backup", _ => ReadImage(handle));
            }
        });
    }

    private static void ReadImage(ReadHandle handle)
    {
        using (handle)
        {
            byte[] image = new byte[handle.ImageBytes];
            _ = handle.ReadImage(0, image);
        }
    }

    private bool Compact(FaultKind kind, SimulatedMember member)
    {
        if (ledger.NewestRevision < 5)
        {
            return false;
        }

        long revision = ledger.NewestRevision - random.Between(0, Math.Min(30, ledger.NewestRevision - 2));
        cluster.Trace.Fault($"{kind}: to {revision}, asked of {member.Name}");
        CompactionRequest request = new() { Revision = revision, Physical = random.Percent(50) };
        cluster.Spawn(() => CompactAsync(member, request));
        return true;
    }

    private async Task CompactAsync(SimulatedMember member, CompactionRequest request)
    {
        int operation = history.Invoke(history.NewProcess(), request);
        Answer answer = await Calls.ProposeAsync(cluster, member, new InternalRaftRequest { Compaction = request }, 7 * VirtualTime.Second);
        history.Return(operation, answer, isUnsure: answer.Kind == AnswerKind.Unknown);
        if (answer.AppliedId != 0)
        {
            cluster.Checkers.Model.CheckWrite(answer.AppliedId, request, answer.Response, answer.Error);
        }
    }
}
