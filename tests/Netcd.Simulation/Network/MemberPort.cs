using Netcd.Engine.Membership;
using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Simulation.Members;

namespace Netcd.Simulation.Network;

/// <summary>
/// The network as one life of a member sees it. As over real connections it answers whoever calls it, even before it has
/// learned of that member from the log.
/// </summary>
internal sealed class MemberPort(SimulatedNetwork network, SimulatedMember member) : IPeerTransport
{
    private readonly HashSet<ulong> callers = [];
    private HashSet<ulong> known = [];
    private HashSet<ulong> removed = [];

    /// <summary>A member has called.</summary>
    public void Hear(ulong from) => callers.Add(from);

    public void Send(Message message)
    {
        network.Said(member, message);
        if (Reaches(message.To))
        {
            network.Transmit(member, message);
        }
    }

    public void SendSnapshot(Message message, ISnapshotImage image)
    {
        network.Said(member, message);
        if (Reaches(message.To))
        {
            network.Transmit(member, message, image);
            return;
        }

        ulong to = message.To;
        image.Dispose();
        member.Node?.Peers.ReportSnapshot(new MemberId(to), hasArrived: false);
    }

    public void UpdatePeers(IReadOnlyList<PeerAddress> others, IReadOnlyList<ulong> removed)
    {
        known = [.. others.Select(static other => other.Id)];
        this.removed = [.. removed];
    }

    public void AskForMembers() => network.AskForMembers(member, known);

    public TimeSpan? ConnectedFor(MemberId memberId) => TimeSpan.MaxValue;

    private bool Reaches(ulong id) => (known.Contains(id) || callers.Contains(id)) && !removed.Contains(id);
}
