using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Engine.Peers;

/// <summary>
/// Carries raft's messages to the other members. All methods return at once and may be called from any thread. Nothing is promised to
/// arrive: raft repeats what it needs, and hears of what was dropped by
/// <c>NodePeers.ReportUnreachable</c> and <c>NodePeers.ReportSnapshot</c>.
/// </summary>
public interface IPeerTransport
{
    /// <summary>
    /// Sends a message to <see cref="Message.To"/>. What cannot be taken (its queue is full, the member is unknown) is dropped and
    /// reported by <c>NodePeers.ReportUnreachable</c>.
    /// </summary>
    /// <param name="message">Not changed any more after the call.</param>
    void Send(Message message);

    /// <summary>
    /// Sends a message of type <see cref="MessageType.Snapshot"/> together with the backend's file. The outcome comes by
    /// <c>NodePeers.ReportSnapshot</c>.
    /// </summary>
    /// <param name="message">Not changed any more after the call.</param>
    /// <param name="image">The transport's own from here on: disposed in the end, whatever the outcome.</param>
    void SendSnapshot(Message message, ISnapshotImage image);

    /// <summary>
    /// Tells the members as they are now, the whole set each time: new ones are connected to, missing ones are disconnected,
    /// changed URLs are taken over.
    /// </summary>
    /// <param name="others">The members without this one.</param>
    /// <param name="removed">Members that were removed for good: they are answered so when they call.</param>
    void UpdatePeers(IReadOnlyList<PeerAddress> others, IReadOnlyList<ulong> removed);

    /// <summary>
    /// Asks the members that are known who is a member now: one that is not known sends messages. The answer comes by
    /// <c>NodePeers.Introduce</c>; a question that comes while one is under way is left out.
    /// </summary>
    void AskForMembers();

    /// <summary>How long a member has been reached without a break; null where it is not reached now.</summary>
    TimeSpan? ConnectedFor(MemberId memberId);
}
