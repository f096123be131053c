using System.Buffers.Binary;

namespace Netcd.Raft;

/// <summary>
/// Reads that wait until a quorum has confirmed the leader after they were asked. Reads are numbered; a heartbeat carries the number of
/// the last one asked, and the answers, echoing it, acknowledge all reads up to there: one round confirms all that wait.
/// </summary>
internal sealed class ReadConfirmations
{
    private readonly Queue<(Message Request, ulong Index)> _waiting = new();
    private readonly Dictionary<ulong, ulong> _acknowledged = [];
    private ulong _confirmed;

    private ulong LastNumber => _confirmed + (ulong)_waiting.Count;

    public void Add(Message request, ulong commitIndex) => _waiting.Enqueue((request, commitIndex));

    /// <summary>What heartbeats shall carry; empty when nothing waits.</summary>
    public ReadOnlyMemory<byte> HeartbeatContext()
    {
        if (_waiting.Count == 0)
            return default;
        var context = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(context, LastNumber);
        return context;
    }

    /// <summary>A member echoed the context of a heartbeat. What was never sent is not counted.</summary>
    public void Acknowledge(ulong from, ReadOnlySpan<byte> context)
    {
        if (context.Length != sizeof(ulong))
            return;
        var number = BinaryPrimitives.ReadUInt64LittleEndian(context);
        if (number <= LastNumber)
            _acknowledged[from] = Math.Max(_acknowledged.GetValueOrDefault(from), number);
    }

    /// <summary>Takes the next read that a quorum has confirmed.</summary>
    public bool TryTakeConfirmed(JointQuorum voters, out Message request, out ulong index)
    {
        (request, index) = (null!, 0);
        if (_waiting.Count == 0 || voters.Committed(new Acknowledgements(_acknowledged)) <= _confirmed)
            return false;
        (request, index) = _waiting.Dequeue();
        _confirmed++;
        return true;
    }

    private readonly struct Acknowledgements(Dictionary<ulong, ulong> numbers) : IAcknowledgements
    {
        public bool TryGet(ulong voter, out ulong acknowledged) => numbers.TryGetValue(voter, out acknowledged);
    }
}
