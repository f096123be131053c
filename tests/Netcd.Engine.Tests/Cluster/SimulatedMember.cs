using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Node;
using Netcd.Engine.Node.Peers;
using Netcd.Raft;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Tests.Cluster;

/// <summary>A member of a simulated cluster: its disk, and its engine while it is alive.</summary>
internal sealed class SimulatedMember(string name, SimulatedCluster cluster) : INodeChanges
{
    private SimulatedDisk disk = new();
    private int lives;

    public string Name => name;

    public ulong Id { get; private set; }

    public EtcdNode? Node { get; private set; }

    /// <summary>Whether it has applied that it was removed.</summary>
    public bool IsRemoved { get; private set; }

    public string PeerUrl => "http://" + name + ":2380";

    public void Start(RunningCluster? running = null, bool isForced = false)
    {
        NodeOptions options = cluster.OptionsOf(this) with { Running = running, IsNewCluster = running is null, ForceNewCluster = isForced };
        SeededGenerator random = new((ulong)((cluster.Seed * 1_000_003) + (lives++ * 1_009) + name.Sum(letter => letter)));
        EtcdNode node = EtcdNode.Open(options, disk, new NodeEnvironment(random.Next, NullLogger.Instance));
        Id = node.MemberId;
        Node = node;
        node.Attach(cluster.Network.TransportOf(Id), this);
        foreach (Netcd.Engine.Node.Stages.IStage stage in node.Stages)
        {
            stage.OnWork(static () => { });
        }
    }

    /// <summary>The power goes: what was not flushed is partly lost, by the seed.</summary>
    public void Crash(Random random)
    {
        SimulatedDisk image = disk.Crash(new SimulatedDiskCrash { Seed = (ulong)random.NextInt64() });
        Stop();
        disk = image;
    }

    public void Stop()
    {
        if (Node is { } node)
        {
            Node = null;
            cluster.Network.Forget(Id);
            node.Dispose();
        }
    }

    /// <summary>All that was on its disk is gone.</summary>
    public void Wipe()
    {
        Stop();
        disk = new SimulatedDisk();
    }

    void INodeChanges.OnLeader(ulong leaderId, ulong term) => cluster.ObserveLeader(this, leaderId, term);

    void INodeChanges.OnRemoved() => IsRemoved = true;
}
