using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Faults;

/// <summary>
/// Messages of members of which a field was damaged so that they cannot be. Damage that gives another message which a member could have
/// sent
/// is not among it: raft trusts its members.
/// </summary>
internal static class DamagedMessage
{
    private const ulong Far = 1UL << 40;

    /// <summary>A damaged copy.</summary>
    /// <param name="random">Chooses the damage.</param>
    /// <param name="sound">The message as it was sent.</param>
    /// <param name="receiver">Who receives it.</param>
    /// <param name="mustRefuse">Whether the receiver had to refuse it, as it stands afterwards.</param>
    public static Message Of(SimulationRandom random, Message sound, RaftCore receiver, out Func<RaftCore, bool> mustRefuse)
    {
        Message message = sound.Clone();
        mustRefuse = static _ => true;
        bool isBoundToTerm = message.Type is not (MessageType.Propose or MessageType.ReadIndex);
        switch (random.Below(8))
        {
            case 0:
                message.Term = isBoundToTerm ? 0 : 1 + (ulong)random.Below(20);
                return message;
            case 1:
                message.Term = random.Pick([ulong.MaxValue, ulong.MaxValue - 1, 1UL << 63]);
                return message;
            case 2 when isBoundToTerm && receiver.Term > 0:
                message.Term += Far;
                return message;
            case 3:
                message.Type = random.Pick([
                    MessageType.Hup, MessageType.Beat, MessageType.Unreachable, MessageType.SnapshotStatus, MessageType.CheckQuorum,
                    MessageType.StorageAppend, MessageType.StorageAppendResponse,
                    MessageType.StorageApply, MessageType.StorageApplyResponse,
                    MessageType.ForgetLeader, (MessageType)24, (MessageType)(-1)]);
                return message;
            case 4:
                message.Index = ulong.MaxValue;
                return message;
            case 5:
                message.Commit = 1UL << 63;
                return message;
            default:
                DamageByType(random, message, out mustRefuse);
                return message;
        }
    }

    private static void DamageByType(SimulationRandom random, Message message, out Func<RaftCore, bool> mustRefuse)
    {
        ulong term = message.Term;
        mustRefuse = static _ => true;
        switch (message.Type)
        {
            case MessageType.Heartbeat:
                // One of an older term is answered, and no more is made of it.
                message.Commit = Far;
                mustRefuse = core => core.Term <= term;
                break;
            case MessageType.AppendResponse when !message.Reject:
                message.Index = Far;
                mustRefuse = core => core.Term == term && core.Role is Leader;
                break;
            case MessageType.Append when !message.Entries.IsEmpty:
                Entry[] entries = message.Entries.ToArray();
                ref Entry last = ref entries[^1];
                last = random.Pick([
                    last with { Index = last.Index + 1 }, last with { Index = 0 }, last with { Term = 0 }, last with { Term = term + 1 },
                    last with { Type = (EntryType)9 }]);
                message.Entries = entries;
                break;
            case MessageType.Vote or MessageType.PreVote:
                message.LogTerm = term;
                break;
            case MessageType.Propose:
                message.Entries = new[] { Senseless(random) };
                break;
            default:
                message.LogTerm = ulong.MaxValue;
                break;
        }
    }

    private static Entry Senseless(SimulationRandom random)
    {
        ReadOnlyMemory<byte> withoutAttributes = new byte[] { 0xaa, 0x51, 0x00 };
        return random.Pick([
            new Entry(EntryType.Normal, 0, 0, new byte[] { 0xff, 0xff, 0xff }),
            new Entry(EntryType.Normal, 0, 0, withoutAttributes),
            new Entry(EntryType.ConfChange, 0, 0, new byte[] { 0xff }),
            new Entry(EntryType.ConfChange, 0, 0, RaftWire.Encode(new ConfChange { Type = ConfChangeType.AddNode })),
            new Entry(EntryType.ConfChangeV2, 0, 0, RaftWire.Encode(new ConfChangeV2())),
            new Entry((EntryType)9, 0, 0, new byte[] { 1 })]);
    }
}
