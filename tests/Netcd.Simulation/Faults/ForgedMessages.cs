using Netcd.Engine.Node;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Faults;

/// <summary>
/// Strangers that reach the members' network and send what they like, and members whose messages and images are damaged on the way so that
/// they cannot be. Nobody may take any of it, and nobody may die of it.
/// </summary>
internal sealed class ForgedMessages(SimulatedCluster cluster, Action<long, Action> healAfter)
{
    private readonly SimulationRandom random = cluster.Random.Branch("forged messages");

    /// <summary>Brings the fault about; false where it is another one.</summary>
    public bool Inject(FaultKind kind)
    {
        if (kind != FaultKind.ForgedMessages)
        {
            return false;
        }

        long length = random.Exponential(2 * VirtualTime.Second);
        long end = cluster.Time.Now + length;
        int percent = random.Pick([1, 5, 20]);
        cluster.Trace.Fault($"{kind}: strangers, and {percent}% of messages and images damaged, for {length / 1000} ms");
        cluster.Network.Conditions.DamagePercent = percent;

        // Images are few: theirs lasts until everything is healed.
        cluster.Network.Conditions.ImageDamagePercent = 30;
        healAfter(length, () => cluster.Network.Conditions.DamagePercent = 0);
        cluster.Spawn(() => SendAsync(end));
        return true;
    }

    private async Task SendAsync(long end)
    {
        while (cluster.Time.Now < end && cluster.IsUnderFaults)
        {
            await cluster.Time.Delay(random.Exponential(20 * VirtualTime.Millisecond));
            SimulatedMember[] up = [.. cluster.Serving];
            if (up.Length > 0)
            {
                SimulatedMember receiver = random.Pick(up);
                Send(receiver, StrangersMessage.Next(random, receiver));
            }
        }
    }

    private void Send(SimulatedMember receiver, Message message)
    {
        Message received = RaftWire.DecodeMessage(RaftWire.Encode(message));
        cluster.Trace.Line(
            receiver.Name, $"gets of a stranger: {received.Type} term {received.Term} index {received.Index} commit {received.Commit}");
        cluster.Checkers.Receptions.Stranger(received);
        receiver.Run("stranger's message", node => Deliver(node, received));
    }

    private static void Deliver(EtcdNode node, Message message)
    {
        if (message.Type != MessageType.Snapshot)
        {
            node.Peers.Receive(message);
            return;
        }

        try
        {
            using Engine.Snapshots.IncomingSnapshot snapshot = node.Peers.BeginSnapshot(message);
            snapshot.Write("no database"u8);
            snapshot.Complete();
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidDataException)
        {
            // As it should be.
        }
    }
}
