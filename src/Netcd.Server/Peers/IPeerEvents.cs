using Netcd.Engine.Membership;
using Netcd.Engine.Peers;
using Netcd.Raft;

namespace Netcd.Server.Peers;

/// <summary>What the transport reports to the node and asks of it. Called from any thread; every call returns at once.</summary>
public interface IPeerEvents
{
    /// <summary>This member's id.</summary>
    MemberId MemberId { get; }

    /// <summary>The cluster's id: peers of another cluster are refused.</summary>
    ulong ClusterId { get; }

    /// <summary>The members, as last applied.</summary>
    ClusterMembers Members { get; }

    /// <summary>Whether senders that nobody knows are listened to at present, as nothing better is known.</summary>
    bool ListensToStrangers { get; }

    /// <summary>Whether a sender is known as a member; what others send is looked at, and little of it is taken.</summary>
    bool IsKnown(MemberId memberId);

    /// <summary>The members as reported by those that were asked; null where none has answered.</summary>
    void Introduce(IReadOnlyCollection<ulong>? members);

    /// <summary>A message from a peer. The transport has decoded it and checked the cluster, nothing more.</summary>
    void Receive(Message message);

    /// <summary>A message to a member was dropped, or a connection to it broke with messages in it.</summary>
    void Unreachable(MemberId memberId);

    /// <summary>How <see cref="IPeerTransport.SendSnapshot"/> ended.</summary>
    /// <param name="memberId">The receiver.</param>
    /// <param name="succeeded">True when the receiver has stored the image and taken the message.</param>
    void SnapshotSent(MemberId memberId, bool succeeded);

    /// <summary>
    /// A snapshot comes from a peer: stores the image durably, then delivers the message. The task ends when both are done; it fails
    /// when the image could not be stored, and the sender gets the error.
    /// </summary>
    /// <param name="message">The snapshot's message: of type snapshot, with a snapshot, for this member.</param>
    /// <param name="image">The backend's file, up to the end of the stream; valid until the task ends.</param>
    /// <param name="cancellation">The sender has gone, or the server stops.</param>
    Task ReceiveSnapshotAsync(Message message, Stream image, CancellationToken cancellation);

    /// <summary>A peer has answered that this member was removed from the cluster for good.</summary>
    void RemovedFromCluster();
}
