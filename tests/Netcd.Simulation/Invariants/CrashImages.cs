using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Node;
using Netcd.Engine.Starting;
using Netcd.Raft;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// What would be left if the power went now. For a while after a tail of a member's log was replaced, images of its disk are
/// drawn at the moments at which its stages have written, and the engine is opened on each: it has to start, and to stand by all
/// that the member has said. The run itself goes on as if nothing had been looked at.
/// </summary>
internal sealed class CrashImages(SimulatedCluster cluster, SimulationRandom random)
{
    private const int MostImages = 60;
    private const long Spacing = 4 * VirtualTime.Millisecond;

    private readonly Dictionary<ulong, Watch> watches = [];

    /// <summary>Images that were opened.</summary>
    public int Opened { get; private set; }

    /// <summary>A member has done a step of a stage.</summary>
    public void Stepped(SimulatedMember member, string stage)
    {
        if (!cluster.Profile.DrawsImages || member.IsDamaged || member.Node is not { } node)
        {
            return;
        }

        RaftLog log = node.Raft.Core.Log;
        ref Watch watch = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(watches, member.Id, out _);
        ulong lastTerm = log.Term(watch.LastIndex, out ulong term) == LogResult.Ok ? term : 0;
        bool isReplaced = watch.Life == member.Life && (log.LastIndex < watch.LastIndex || (lastTerm != 0 && lastTerm != watch.LastTerm));
        watch = new Watch(
            member.Life,
            log.LastIndex,
            log.LastEntryId.Term,
            isReplaced ? MostImages : watch.Life == member.Life ? watch.Left : 0,
            watch.NextAt);
        if (watch.Left > 0 && stage is ("log" or "backend") && cluster.Time.Now >= watch.NextAt)
        {
            watch = watch with { Left = watch.Left - 1, NextAt = cluster.Time.Now + Spacing };
            Open(member);
        }
    }

    private void Open(SimulatedMember member)
    {
        Opened++;
        // Little is under way between two steps: the chances are whether all of it, or nothing, has reached the medium.
        UnflushedFate fate = random.Pick([UnflushedFate.Kept, UnflushedFate.Dropped, UnflushedFate.Random]);
        SimulatedDisk image = member.Disk.Crash(new SimulatedDiskCrash { Seed = random.Next(), Fate = fate });
        NodeOptions options = cluster.Profile.OptionsOf(member, cluster);
        try
        {
            using EtcdNode node = EtcdNode.Open(options, image, new NodeEnvironment(random.Below, member.NextSeed(), NullLogger.Instance));
            cluster.Checkers.Raft.WouldStart(member, node.Raft.Core);
        }
        catch (NodeStartException failure) when (!failure.Message.Contains("permanently removed", StringComparison.Ordinal))
        {
            throw new ViolationException("start", $"{member.Name} would not start if the power went now: {failure.Message}", failure);
        }
        catch (NodeStartException)
        {
            // As with a start in earnest.
        }
    }

    private readonly record struct Watch(int Life, ulong LastIndex, ulong LastTerm, int Left, long NextAt);
}
