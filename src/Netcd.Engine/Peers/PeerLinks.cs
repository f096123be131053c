using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.State;
using Netcd.Raft;

namespace Netcd.Engine.Peers;

/// <summary>
/// The engine's side of the way to the other members: who they are, what is sent to them, and what the host is to be informed of.
/// </summary>
internal sealed class PeerLinks(MemberId memberId, ReplicatedState state, ILogger log)
{
    private IPeerTransport transport = NoPeers.Instance;
    private INodeChanges changes = NoPeers.Instance;
    private IReadOnlyList<Member> remotes = [];
    private ulong leaderId;
    private long leaderChanges;
    private int isRemoved;
    private bool isLearner;

    /// <summary>Messages that were refused.</summary>
    public RefusedMessages Refused { get; } = new(log);

    /// <summary>Whether this member follows the log without a vote.</summary>
    public bool IsLearner => Volatile.Read(ref isLearner);

    /// <summary>Leaders that this member has seen since its start.</summary>
    public long LeaderChanges => Interlocked.Read(ref leaderChanges);

    /// <summary>Connects the engine to the other members, before its stages are stepped for the first time.</summary>
    /// <param name="peers">Reaches them.</param>
    /// <param name="listener">Is informed of changes.</param>
    /// <param name="running">The members of the running cluster that this one joins.</param>
    public void Attach(IPeerTransport peers, INodeChanges listener, IReadOnlyList<Member> running)
    {
        transport = peers;
        changes = listener;
        remotes = running;
        Update();
    }

    /// <summary>Sends a message to a member.</summary>
    public void Send(Message message) => transport.Send(message);

    /// <summary>Sends a snapshot to a member; the image is disposed by who sends it.</summary>
    public void SendSnapshot(Message message, ISnapshotImage image) => transport.SendSnapshot(message, image);

    /// <summary>Somebody unknown sends messages: asks the members who is one.</summary>
    public void AskForMembers() => transport.AskForMembers();

    /// <summary>How long a member has been connected; null where it is not.</summary>
    public TimeSpan? ConnectedFor(MemberId id) => transport.ConnectedFor(id);

    /// <summary>Another leader, or none (0), is known.</summary>
    public void LeaderChanged(MemberId leader, ulong term)
    {
        Volatile.Write(ref leaderId, leader);
        log.LeaderChanged(memberId, leader, term);
        if (leader != 0)
        {
            Interlocked.Increment(ref leaderChanges);
        }

        changes.OnLeader(leader, term);
    }

    /// <summary>
    /// Whether the way to the leader (for the leader itself: to a quorum) has been there for so many milliseconds. Without a leader it is
    /// unknown, and counts as there.
    /// </summary>
    public bool WasConnectedFor(long milliseconds)
    {
        ulong leader = Volatile.Read(ref leaderId);
        if (leader == 0)
        {
            return true;
        }

        bool IsConnected(MemberId id) => id == memberId || transport.ConnectedFor(id)?.TotalMilliseconds >= milliseconds;
        List<Member> voters = [.. state.Members.Members.Where(static member => !member.IsLearner)];
        return leader == memberId
            ? voters.Count(voter => IsConnected(new MemberId(voter.Id))) > voters.Count / 2
            : IsConnected(new MemberId(leader));
    }

    /// <summary>
    /// Gives the transport its peers. A member that joins knows them from the running cluster, until the log says who they are.
    /// </summary>
    public void Update()
    {
        ClusterMembers members = state.Members;
        Volatile.Write(ref isLearner, members.Find(memberId)?.IsLearner ?? false);
        IEnumerable<Member> known = members.Members;
        if (members.Find(memberId) is null)
        {
            known = known.Concat(remotes.Where(remote => members.Find(remote.Id) is null && !members.IsRemoved(remote.Id)));
        }

        transport.UpdatePeers(
            [
                .. known.Where(member => member.Id != memberId)
                    .Select(static member => new PeerAddress(new MemberId(member.Id), member.PeerUrls)),
            ],
            members.Removed);
        if (members.IsRemoved(memberId) && Interlocked.Exchange(ref isRemoved, 1) == 0)
        {
            log.RemovedLocalMember(new HexId(memberId));
            changes.OnRemoved();
        }
    }

    /// <summary>A member that is alone: nothing is sent, and what would be is lost.</summary>
    private sealed class NoPeers : IPeerTransport, INodeChanges
    {
        public static NoPeers Instance { get; } = new();

        public void Send(Message message)
        {
        }

        public void SendSnapshot(Message message, ISnapshotImage image) => image.Dispose();

        public void UpdatePeers(IReadOnlyList<PeerAddress> others, IReadOnlyList<ulong> removed)
        {
        }

        public void AskForMembers()
        {
        }

        public TimeSpan? ConnectedFor(MemberId memberId) => null;

        public void OnLeader(MemberId leaderId, ulong term)
        {
        }

        public void OnRemoved()
        {
        }
    }
}
