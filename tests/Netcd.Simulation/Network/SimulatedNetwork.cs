using Netcd.Engine.Membership;
using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Network;

/// <summary>
/// Carries messages between members as encoded bytes. A link keeps its order, as a connection does, unless reordering is
/// asked for.
/// </summary>
internal sealed class SimulatedNetwork(
    VirtualTime time,
    SimulationRandom random,
    SimulationRandom damage,
    Trace trace,
    IMemberDirectory members,
    Action<SimulatedMember, Message> sent,
    ReceptionJudge receptions)
{
    private const long QuestionMicroseconds = 2 * VirtualTime.Millisecond;

    private readonly Dictionary<(ulong From, ulong To), long> lastArrivals = [];

    /// <summary>How it behaves now.</summary>
    public NetworkConditions Conditions { get; } = new();

    /// <summary>Snapshots that arrived whole.</summary>
    public int SnapshotsDelivered { get; private set; }

    /// <summary>Snapshots that broke off.</summary>
    public int SnapshotsBroken { get; private set; }

    /// <summary>Messages that arrived.</summary>
    public long MessagesDelivered { get; private set; }

    /// <summary>The end of the network at a member that begins a life.</summary>
    public MemberPort PortOf(SimulatedMember member) => new(this, member);

    /// <summary>A member says something, whether or not there is a way for it.</summary>
    public void Said(SimulatedMember from, Message message) => sent(from, message);

    /// <summary>Takes a message on its way.</summary>
    public void Transmit(SimulatedMember from, Message message)
    {
        if (Conditions.IsCut(from.Id, message.To) || random.Percent(Conditions.LossPercent))
        {
            Lose(from, message);
            return;
        }

        byte[] bytes = RaftWire.Encode(message);
        Schedule(from, message, bytes);
        // A connection delivers nothing twice, and a proposal forwarded twice would be applied twice. All else may be repeated.
        if (message.Type != MessageType.Propose && random.Percent(Conditions.DuplicatePercent))
        {
            long again = time.Now + Conditions.Latency(from.Id, message.To, random) + random.Exponential(50 * VirtualTime.Millisecond);
            time.At(again, () => Deliver(from.Id, message.To, bytes));
        }
    }

    /// <summary>Begins to send an image along with its message.</summary>
    public void Transmit(SimulatedMember from, Message message, ISnapshotImage image)
    {
        int life = from.Life;

        // A connection is made first; until then the image's pages must outlive what the sender writes meanwhile.
        time.After(random.Between(0, 30 * VirtualTime.Millisecond), () =>
        {
            if (from.Life != life)
            {
                return;
            }

            using MemoryStream bytes = new();
            image.CopyTo(bytes);
            image.Dispose();
            byte[] content = bytes.ToArray();
            if (damage.Percent(Conditions.ImageDamagePercent))
            {
                // Not within the text, which is put together only where somebody reads it.
                string how = DamagedImage.Damage(damage, content);
                trace.Line(from.Name, $"the image to {members.NameOf(message.To)} is damaged: {how}");
            }

            new SnapshotStream(time, random, trace, this, members, from, message, content).Begin();
        });
    }

    /// <summary>A snapshot's stream has come to its end.</summary>
    public void Ended(bool isWhole)
    {
        if (isWhole)
        {
            SnapshotsDelivered++;
        }
        else
        {
            SnapshotsBroken++;
        }
    }

    private void Schedule(SimulatedMember from, Message message, byte[] bytes)
    {
        long at = time.Now + Conditions.Latency(from.Id, message.To, random);
        if (random.Percent(Conditions.ReorderPercent))
        {
            at += random.Exponential(20 * VirtualTime.Millisecond);
        }
        else
        {
            ref long last = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                lastArrivals, (from.Id, message.To), out _);
            last = at = Math.Max(at, last);
        }

        ulong sender = from.Id;
        ulong receiver = message.To;
        time.At(at, () => Deliver(sender, receiver, bytes));
    }

    private void Lose(SimulatedMember from, Message message)
    {
        trace.Line(from.Name, $"lost: {MessageText.Of(message, members)}");
        if (random.Percent(50))
        {
            int life = from.Life;
            ulong to = message.To;
            time.After(random.Between(0, 5 * VirtualTime.Millisecond), () => from.WhileIn(
                life, node => node.Peers.ReportUnreachable(new MemberId(to))));
        }
    }

    private void Deliver(ulong from, ulong to, byte[] bytes)
    {
        SimulatedMember? receiver = members.Find(to);
        if (receiver is null || receiver.Node is null || Conditions.IsCut(from, to))
        {
            return;
        }

        if (receiver.IsPaused)
        {
            receiver.WhenResumed(() => Deliver(from, to, bytes));
            return;
        }

        Message message = RaftWire.DecodeMessage(bytes);
        trace.Mix(from, to, ((ulong)message.Type << 56) ^ (message.Term << 40) ^ (message.Index << 8) ^ message.Commit);
        trace.Line(receiver.Name, $"gets {MessageText.Of(message, members)}");
        MessagesDelivered++;
        receiver.Port?.Hear(from);
        if (damage.Percent(Conditions.DamagePercent))
        {
            Message damaged = RaftWire.DecodeMessage(
                RaftWire.Encode(DamagedMessage.Of(damage, message, receiver.Node.Raft.Core, out Func<RaftCore, bool> mustRefuse)));
            receptions.Damaged(damaged, mustRefuse);
            trace.Line(receiver.Name, $"gets it damaged: {MessageText.Of(damaged, members)}");
            receiver.Node.Peers.Receive(damaged);
        }

        receiver.Node.Peers.Receive(message);
    }

    /// <summary>A member asks the members that it knows who is one; it asks everybody where it knows nobody yet.</summary>
    public void AskForMembers(SimulatedMember asker, IReadOnlyCollection<ulong> known)
    {
        ulong[] asked = [.. (known.Count > 0 ? known : members.Members.Select(static member => member.Id)).Where(id => id != asker.Id)];
        int life = asker.Life;
        time.After(QuestionMicroseconds, () =>
        {
            List<ulong>? told = null;
            foreach (ulong id in asked)
            {
                if (members.Find(id) is { IsServing: true, Node: { } node }
                    && !Conditions.IsCut(asker.Id, id) && !Conditions.IsCut(id, asker.Id))
                {
                    (told ??= []).AddRange(node.Members.Members.Select(static member => member.Id));
                }
            }

            if (asked.Length > 0)
            {
                asker.WhileIn(life, node => node.Peers.Introduce(told));
            }
        });
    }
}
