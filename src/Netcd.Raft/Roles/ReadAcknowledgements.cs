using System.Buffers.Binary;

namespace Netcd.Raft;

/// <summary>
/// Reads that wait until a quorum has confirmed the leader after they were asked. Reads are numbered; a heartbeat carries the number of
/// the last one asked, and the answers, echoing it, acknowledge all reads up to there: one round confirms all that wait.
/// </summary>
internal sealed class ReadAcknowledgements
{
    private readonly Queue<(Message Request, ulong Index)> waiting = new();
    private readonly Dictionary<ulong, ulong> acknowledged = [];
    private ulong confirmed;

    /// <summary>Whether any read is not confirmed yet.</summary>
    public bool AreWaiting => waiting.Count > 0;

    private ulong LastNumber => confirmed + (ulong)waiting.Count;

    public void Add(Message request, ulong commitIndex) => waiting.Enqueue((request, commitIndex));

    /// <summary>What heartbeats shall carry; empty when nothing waits.</summary>
    public ReadOnlyMemory<byte> HeartbeatContext()
    {
        if (waiting.Count == 0)
        {
            return default;
        }

        byte[] context = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(context, LastNumber);
        return context;
    }

    /// <summary>A member echoed the context of a heartbeat. What was never sent is not counted.</summary>
    public void Acknowledge(ulong from, ReadOnlySpan<byte> context)
    {
        if (context.Length != sizeof(ulong))
        {
            return;
        }

        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(context);
        if (number <= LastNumber)
        {
            acknowledged[from] = Math.Max(acknowledged.GetValueOrDefault(from), number);
        }
    }

    /// <summary>Takes the next read that a quorum has confirmed.</summary>
    public bool TryTakeConfirmed(JointQuorum voters, out Message request, out ulong index)
    {
        (request, index) = (null!, 0);
        if (waiting.Count == 0 || voters.Committed(new Acknowledgements(acknowledged)) <= confirmed)
        {
            return false;
        }

        (request, index) = waiting.Dequeue();
        confirmed++;
        return true;
    }

    private readonly struct Acknowledgements(Dictionary<ulong, ulong> numbers) : IAcknowledgements
    {
        public bool TryGet(ulong voter, out ulong acknowledged) => numbers.TryGetValue(voter, out acknowledged);
    }
}
