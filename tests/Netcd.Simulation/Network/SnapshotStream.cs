using Netcd.Engine.Membership;
using Netcd.Engine.Snapshots;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Network;

/// <summary>
/// One snapshot on its way, in chunks. It breaks off when either end dies, the link is cut, or chance has it; the sender is
/// told how it ended.
/// </summary>
internal sealed class SnapshotStream(
    VirtualTime time,
    SimulationRandom random,
    Trace trace,
    SimulatedNetwork network,
    IMemberDirectory members,
    SimulatedMember sender,
    Message message,
    byte[] image)
{
    private const int MaxChunks = 6;

    private readonly int senderLife = sender.Life;
    private readonly int chunkBytes = Math.Max(1, image.Length / (1 + random.Below(MaxChunks)));
    private readonly long breaksAt =
        random.Percent(network.Conditions.SnapshotCutPercent) ? random.Between(0, image.Length) : long.MaxValue;
    private SimulatedMember? receiver;
    private int receiverLife;
    private IncomingSnapshot? incoming;
    private int sentBytes;

    /// <summary>Connects and sends.</summary>
    public void Begin()
    {
        receiver = members.Find(message.To);
        if (receiver?.Node is null || IsLinkCut)
        {
            End(isWhole: false);
            return;
        }

        receiverLife = receiver.Life;
        Next(() => Receive(node => incoming = node.Peers.BeginSnapshot(RaftWire.DecodeMessage(RaftWire.Encode(message)))), SendChunk);
    }

    private bool IsLinkCut => network.Conditions.IsCut(sender.Id, message.To) || network.Conditions.IsCut(message.To, sender.Id);

    private void SendChunk()
    {
        if (sentBytes >= image.Length)
        {
            Next(() => Receive(_ => incoming!.Complete()), () => End(isWhole: true));
            return;
        }

        int count = Math.Min(chunkBytes, image.Length - sentBytes);
        ReadOnlyMemory<byte> chunk = image.AsMemory(sentBytes, count);
        sentBytes += count;
        Next(() => sentBytes < breaksAt && Receive(_ => incoming!.Write(chunk.Span)), SendChunk);
    }

    private void Next(Func<bool> step, Action then)
    {
        time.After(network.Conditions.Latency(sender.Id, message.To, random), () =>
        {
            if (receiver!.Life == receiverLife && receiver.IsPaused)
            {
                receiver.WhenResumed(() => Go(step, then));
                return;
            }

            Go(step, then);
        });
    }

    private void Go(Func<bool> step, Action then)
    {
        if (sender.Life != senderLife || receiver!.Life != receiverLife || IsLinkCut || !step())
        {
            End(isWhole: false);
            return;
        }

        then();
    }

    /// <summary>Lets the receiver do its part; false where its disk refuses, or it died of it.</summary>
    private bool Receive(Action<Netcd.Engine.Node.EtcdNode> part)
    {
        bool isDone = false;
        receiver!.Run("snapshot", node =>
        {
            try
            {
                part(node);
                isDone = true;
            }
            catch (Exception refused) when (refused is IOException or InvalidDataException && !receiver.DiskFaults.IsDead)
            {
                // The handler of the stream ends with an error; the server goes on.
                trace.Line(receiver.Name, $"cannot take the snapshot: {refused.Message}");
                receiver.DiskFaults.Forgive();
            }
        });
        return isDone && receiver.Life == receiverLife;
    }

    private void End(bool isWhole)
    {
        trace.Line(sender.Name, $"snapshot to {members.NameOf(message.To)}: {(isWhole ? "arrived" : "broke off")}");
        network.Ended(isWhole);
        if (incoming is not null && receiver!.Life == receiverLife)
        {
            Receive(_ => incoming.Dispose());
        }

        // The answer has a way of its own to go; what it cannot reach, it does not tell.
        time.After(network.Conditions.Latency(message.To, sender.Id, random), () =>
            sender.WhileIn(senderLife, node => node.Peers.ReportSnapshot(new MemberId(message.To), isWhole)));
    }
}
