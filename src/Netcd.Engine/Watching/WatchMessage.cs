using System.Buffers;
using System.Numerics;
using System.Text;
using Netcd.Protocol.Errors;
using Netcd.Storage;

namespace Netcd.Engine.Watching;

/// <summary>
/// One WatchResponse on its way to a client: what is its own, and the shared events. Encoded when it is sent.
/// </summary>
public readonly struct WatchMessage
{
    /// <summary>What a message is counted with besides its events, for the bounds on what waits.</summary>
    private const int OwnBytes = 64;

    private const byte HeaderTag = (1 << 3) | 2;
    private const byte WatchIdTag = 2 << 3;
    private const byte CreatedTag = 3 << 3;
    private const byte CanceledTag = 4 << 3;
    private const byte CompactRevisionTag = 5 << 3;
    private const byte CancelReasonTag = (6 << 3) | 2;
    private const byte FragmentTag = 7 << 3;

    private readonly long watchId;
    private readonly long revision;
    private readonly object? content;
    private readonly long eventBytes;
    private readonly int first;
    private readonly int count;
    private readonly Kinds kinds;

    private WatchMessage(long watchId, long revision, Kinds kinds, object? content = null)
    {
        this.watchId = watchId;
        this.revision = revision;
        this.kinds = kinds;
        this.content = content;
    }

    private WatchMessage(long watchId, long revision, EventBatch batch, int first, int count, bool isFragment)
    {
        this.watchId = watchId;
        this.revision = revision;
        content = batch;
        this.first = first;
        this.count = count;
        eventBytes = batch.BytesOf(first, count);
        kinds = isFragment ? Kinds.Fragment : 0;
    }

    [Flags]
    private enum Kinds
    {
        Created = 1,
        Canceled = 2,
        Fragment = 4,
    }

    /// <summary>What it is counted with while it waits.</summary>
    public long QueueBytes => eventBytes + OwnBytes;

    /// <summary>How many events it holds.</summary>
    public int EventCount => count;

    /// <summary>Whether it says that the watch is over.</summary>
    public bool IsCanceled => kinds.HasFlag(Kinds.Canceled);

    /// <summary>Which right is missing; null where it says something else.</summary>
    public EtcdError? Denial => content as EtcdError;

    /// <summary>The watch is there.</summary>
    internal static WatchMessage Created(long watchId, long revision) => new(watchId, revision, Kinds.Created);

    /// <summary>The watch cannot be.</summary>
    internal static WatchMessage Refused(long watchId, long revision, string reason) =>
        new(watchId, revision, Kinds.Created | Kinds.Canceled, reason);

    /// <summary>The watch cannot be, as the caller has no right to it.</summary>
    internal static WatchMessage Refused(long watchId, long revision, EtcdError denial) =>
        new(watchId, revision, Kinds.Created | Kinds.Canceled, denial);

    /// <summary>The watch is over, as its owner has lost the right to it.</summary>
    internal static WatchMessage Denied(long watchId, long revision, EtcdError denial) => new(watchId, revision, Kinds.Canceled, denial);

    /// <summary>The watch is over, as the client asked for.</summary>
    internal static WatchMessage Canceled(long watchId, long revision) => new(watchId, revision, Kinds.Canceled);

    /// <summary>The watch is over, as what it was to see is compacted; etcd's header has no revision then.</summary>
    internal static WatchMessage Compacted(long watchId, long compactRevision) =>
        new(watchId, 0, Kinds.Canceled, compactRevision);

    /// <summary>All events up to the revision were sent.</summary>
    internal static WatchMessage Progress(long watchId, long revision) => new(watchId, revision, 0);

    /// <summary>Some events of a batch.</summary>
    internal static WatchMessage Events(long watchId, long revision, EventBatch batch, int first, int count, bool isFragment = false) =>
        new(watchId, revision, batch, first, count, isFragment);

    /// <summary>The events in messages of no more than about a size; all but the last one are marked as fragments.</summary>
    internal List<WatchMessage> Cut(int maxBytes)
    {
        List<WatchMessage> parts = [];
        EventBatch batch = (EventBatch)content!;
        for (int at = first; at < first + count;)
        {
            int next = batch.FragmentFrom(at, maxBytes);
            parts.Add(Events(watchId, revision, batch, at, next, isFragment: at + next < first + count));
            at += next;
        }

        return parts;
    }

    /// <summary>The bytes of the encoded WatchResponse.</summary>
    /// <param name="header">Who answers.</param>
    /// <param name="term">Raft's term.</param>
    public int CalculateSize(WatchHeader header, ulong term)
    {
        int headerBytes = header.CalculateSize(revision, term);
        long size = 1 + Varint.Length((ulong)headerBytes) + headerBytes + FieldLength(watchId) + eventBytes
            + (2 * BitOperations.PopCount((uint)kinds));
        size += content switch
        {
            long compactRevision => FieldLength(compactRevision),
            string or EtcdError => 1 + Varint.Length((ulong)Encoding.UTF8.GetByteCount(Reason!)) + Encoding.UTF8.GetByteCount(Reason!),
            _ => 0,
        };
        return checked((int)size);
    }

    /// <summary>Writes the WatchResponse.</summary>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="header">Who answers.</param>
    /// <param name="term">Raft's term, the same as the size was asked for.</param>
    public void WriteTo(IBufferWriter<byte> output, WatchHeader header, ulong term)
    {
        const int most = 256;
        Span<byte> buffer = output.GetSpan(most);
        int headerBytes = header.CalculateSize(revision, term);
        int at = 0;
        buffer[at++] = HeaderTag;
        at += Varint.Write(buffer[at..], (ulong)headerBytes);
        at += header.Write(buffer[at..], revision, term);
        at += WriteField(buffer[at..], WatchIdTag, watchId);
        at += WriteFlag(buffer[at..], CreatedTag, Kinds.Created);
        at += WriteFlag(buffer[at..], CanceledTag, Kinds.Canceled);
        if (content is long compactRevision)
        {
            at += WriteField(buffer[at..], CompactRevisionTag, compactRevision);
        }
        else if (Reason is { } reason)
        {
            buffer[at++] = CancelReasonTag;
            at += Varint.Write(buffer[at..], (ulong)Encoding.UTF8.GetByteCount(reason));
            at += Encoding.UTF8.GetBytes(reason, buffer[at..]);
        }

        at += WriteFlag(buffer[at..], FragmentTag, Kinds.Fragment);
        output.Advance(at);
        if (content is EventBatch batch)
        {
            foreach (byte[] encoded in batch.Events.Slice(first, count))
            {
                output.Write(encoded);
            }
        }
    }

    /// <summary>Why a watch is over, in etcd's words; it says of rights what Go's client library makes of an error.</summary>
    private string? Reason => content switch
    {
        string reason => reason,
        EtcdError denial => $"rpc error: code = {denial.Code} desc = {denial.Message}",
        _ => null,
    };

    internal static int FieldLength(long value) => value == 0 ? 0 : 1 + Varint.Length((ulong)value);

    internal static int WriteField(Span<byte> target, byte tag, long value)
    {
        if (value == 0)
        {
            return 0;
        }

        target[0] = tag;
        return 1 + Varint.Write(target[1..], (ulong)value);
    }

    private int WriteFlag(Span<byte> target, byte tag, Kinds kind)
    {
        if (!kinds.HasFlag(kind))
        {
            return 0;
        }

        target[0] = tag;
        target[1] = 1;
        return 2;
    }
}

/// <summary>What all responses of a member say about it.</summary>
/// <param name="clusterId">The cluster.</param>
/// <param name="memberId">The member.</param>
public sealed class WatchHeader(ulong clusterId, ulong memberId)
{
    private const byte ClusterTag = 1 << 3;
    private const byte MemberTag = 2 << 3;
    private const byte RevisionTag = 3 << 3;
    private const byte TermTag = 4 << 3;

    internal int CalculateSize(long revision, ulong term) =>
        WatchMessage.FieldLength((long)clusterId) + WatchMessage.FieldLength((long)memberId)
        + WatchMessage.FieldLength(revision) + WatchMessage.FieldLength((long)term);

    internal int Write(Span<byte> target, long revision, ulong term)
    {
        int at = WatchMessage.WriteField(target, ClusterTag, (long)clusterId);
        at += WatchMessage.WriteField(target[at..], MemberTag, (long)memberId);
        at += WatchMessage.WriteField(target[at..], RevisionTag, revision);
        return at + WatchMessage.WriteField(target[at..], TermTag, (long)term);
    }
}
