
namespace Netcd.Server.Peers;

/// <summary>Every bound of the peers' transport: its value, why it is that, and what happens when it is reached.</summary>
internal static class PeerLimits
{
    /// <summary>
    /// Messages that wait for a stream, as in etcd. They share their entries with the log, so that a full queue costs little; a peer
    /// that is this far behind is reported unreachable, and raft probes it afresh.
    /// </summary>
    public const int StreamQueueMessages = 4_096;

    /// <summary>Messages that wait for a POST, as in etcd: more are dropped and reported.</summary>
    public const int PipelineQueueMessages = 64;

    /// <summary>POSTs of messages to one peer at a time, as in etcd: the others wait in the queue.</summary>
    public const int PipelineConnections = 4;

    /// <summary>
    /// Bytes gathered into one write on a stream. A batch ends with the message that reaches this: large enough that system calls do
    /// not count, small enough that the first message does not wait for the last.
    /// </summary>
    public const int BatchBytes = 256 << 10;

    /// <summary>
    /// Bytes of one frame or POST with a message. etcd takes 512 MiB; raft's batches have about one and a request one and a half by
    /// default, so this is eighty requests of the default limit. Receiving, the connection is given up; sending, the message is
    /// dropped and reported.
    /// </summary>
    public const int MessageBytes = 128 << 20;

    /// <summary>Bytes of the message in front of a snapshot's image, as in etcd since 3.7.1. Beyond it the snapshot is refused.</summary>
    public const int SnapshotMessageBytes = 64 << 20;

    /// <summary>
    /// Memory that a stream is read into; decoded entries are views of it, so that it lives as long as they do. Frames that need more
    /// get it as their bytes come in, never because of what they claim.
    /// </summary>
    public const int ReadChunkBytes = 64 << 10;

    /// <summary>Free memory in a chunk below which a new one is begun rather than read in small pieces.</summary>
    public const int SmallestReadBytes = 4 << 10;

    /// <summary>Members that this one has heard of from others, and not from its log yet. A cluster has seldom more than seven.</summary>
    public const int Remotes = 64;

    /// <summary>
    /// Senders that are answered at the URLs they name themselves, while nobody is there who knows whether they are members; they are
    /// forgotten when somebody is.
    /// </summary>
    public const int Strangers = 8;

    /// <summary>Bytes of a message of a sender that is not known: an append to a member that is behind, and a request of the default limit
    /// in it.</summary>
    public const int StrangerMessageBytes = 4 << 20;

    /// <summary>Bytes of all messages of members that are being received as POSTs; more are refused with 503, and raft sends
    /// again.</summary>
    public const long MessageBytesInAll = 256L << 20;

    /// <summary>The same for senders that are not known.</summary>
    public const long StrangerBytesInAll = 16L << 20;

    /// <summary>Bytes of a POST that have to come within the read timeout, or the rest of it: a slow sender must not hold its share for
    /// long.</summary>
    public const int MinMessageBytes = 16 << 10;

    /// <summary>Bytes of an image that have to come while its sender is waited for as long as <see cref="SnapshotStall"/>: slower than 9
    /// KiB a
    /// second no store is ever sent, and whoever is would hold the place of one that is faster.</summary>
    public const int MinSnapshotBytes = 256 << 10;

    /// <summary>Bytes of a list of members that are read.</summary>
    public const int MemberListBytes = 256 << 10;

    /// <summary>Peer URLs of one sender that is remembered; with more it is not.</summary>
    public const int RemoteUrls = 16;

    /// <summary>Snapshots received at a time, one of a sender, as each takes the disk for itself; more are refused and tried again by their
    /// sender.</summary>
    public const int SnapshotsReceived = 2;

    /// <summary>Bytes of an image that are copied at a time: large enough that system calls do not count.</summary>
    public const int SnapshotChunkBytes = 256 << 10;

    /// <summary>
    /// Questions about leases that the leader is asked at a time, and so the connections to it for that, whatever number of clients renews
    /// whatever number of leases: more would take descriptors from both sides and answer no sooner. The others wait in their order.
    /// </summary>
    public const int LeaseQuestions = 32;

    /// <summary>Bytes of a request for leases, as in etcd since 3.7.1; more is refused with 413.</summary>
    public const int LeaseBodyBytes = 64 << 10;

    /// <summary>Bytes of a request for a hash: a small JSON object; more is refused with 400.</summary>
    public const int HashBodyBytes = 64 << 10;

    /// <summary>Bytes of the leader's answer about a lease, which may name very many keys. etcd's bound since 3.7.1.</summary>
    public const int LeaseAnswerBytes = 100 << 20;

    /// <summary>Bytes of another member's answer that are read: member lists and versions are far smaller. More is an error.</summary>
    public const int AnswerBytes = 4 << 20;

    /// <summary>Time for a request's headers, after which the connection is closed: members send them at once.</summary>
    public static readonly TimeSpan HeadersTime = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a connection for questions about leases is closed, before the other side does.</summary>
    public static readonly TimeSpan LeaseConnectionIdleTime = TimeSpan.FromSeconds(10);

    /// <summary>Silence of the other side in the middle of a small request, after which it is refused.</summary>
    public static readonly TimeSpan BodySilence = TimeSpan.FromSeconds(5);

    /// <summary>Time within which <see cref="MinSnapshotBytes"/> have to come, after which a snapshot is given up.</summary>
    public static readonly TimeSpan SnapshotStall = TimeSpan.FromSeconds(30);

    /// <summary>Least time between two log lines about messages dropped for one peer: a full queue drops thousands a second.</summary>
    public static readonly TimeSpan DropLogInterval = TimeSpan.FromSeconds(10);

    /// <summary>Difference of two members' clocks above which it is logged, as in etcd: leases and certificates suffer from it.</summary>
    public static readonly TimeSpan ClockDrift = TimeSpan.FromSeconds(1);
}
