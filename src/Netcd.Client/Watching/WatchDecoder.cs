using System.Buffers;
using System.Text;
using Netcd.Client.Connecting;

namespace Netcd.Client.Watching;

/// <summary>
/// Reads what comes on a stream of watches, <c>etcdserverpb.WatchResponse</c>. Watches are what a client may get millions of messages from:
/// the generated ones would cost four objects more an event, each copied from once.
/// </summary>
internal static class WatchDecoder
{
    /// <summary>The field of a message that has a change.</summary>
    public const int EventField = 11;

    /// <summary>Reads a message but for its changes, of which it keeps the bytes.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static WatchMessage Decode(ReadOnlySequence<byte> message)
    {
        int length = (int)message.Length;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        message.CopyTo(buffer);
        WatchMessage decoded = Decode(buffer, length);
        if (decoded.Changes is null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return decoded;
    }

    /// <summary>Reads a change, <c>mvccpb.Event</c>.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static WatchEvent Event(ReadOnlySpan<byte> message)
    {
        MessageReader reader = new(message);
        WatchEventType type = WatchEventType.Put;
        KeyValue? now = null, previous = null;
        for (int field = reader.Next(); field != 0; field = reader.Next())
        {
            switch (field)
            {
                case 1:
                    type = reader.Number() == 1 ? WatchEventType.Delete : WatchEventType.Put;
                    break;
                case 2:
                    now = KeyAndValue(reader.Bytes());
                    break;
                case 3:
                    previous = KeyAndValue(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new WatchEvent(type, now ?? throw new InvalidDataException("the server sent an event without a key"), previous);
    }

    private static WatchMessage Decode(byte[] buffer, int length)
    {
        MessageReader reader = new(buffer.AsSpan(0, length));
        EtcdHeader header = default;
        long watchId = 0, compactRevision = 0;
        bool created = false, canceled = false, fragment = false;
        string reason = "";
        ReadOnlySpan<byte> lastChange = default;
        int count = 0;
        for (int field = reader.Next(); field != 0; field = reader.Next())
        {
            switch (field)
            {
                case 1:
                    header = Header(reader.Bytes());
                    break;
                case 2:
                    watchId = reader.Number();
                    break;
                case 3:
                    created = reader.Number() != 0;
                    break;
                case 4:
                    canceled = reader.Number() != 0;
                    break;
                case 5:
                    compactRevision = reader.Number();
                    break;
                case 6:
                    reason = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                case 7:
                    fragment = reader.Number() != 0;
                    break;
                case EventField:
                    lastChange = reader.Bytes();
                    count++;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new WatchMessage
        {
            Header = header,
            WatchId = watchId,
            Created = created,
            Canceled = canceled,
            CompactRevision = compactRevision,
            CancelReason = reason,
            Fragment = fragment,
            Changes = count > 0 ? new WatchChanges(buffer, length, count, RevisionOf(lastChange)) : null,
        };
    }

    /// <summary>The revision of a change, and no more of it.</summary>
    private static long RevisionOf(ReadOnlySpan<byte> change)
    {
        const int Now = 2;
        const int ModRevision = 3;
        MessageReader reader = new(change);
        for (int field = reader.Next(); field != 0; field = reader.Next())
        {
            if (field != Now)
            {
                reader.Skip();
                continue;
            }

            MessageReader now = new(reader.Bytes());
            for (int inner = now.Next(); inner != 0; inner = now.Next())
            {
                if (inner == ModRevision)
                {
                    return now.Number();
                }

                now.Skip();
            }
        }

        return 0;
    }

    private static EtcdHeader Header(ReadOnlySpan<byte> message)
    {
        MessageReader reader = new(message);
        ulong cluster = 0, member = 0, term = 0;
        long revision = 0;
        for (int field = reader.Next(); field != 0; field = reader.Next())
        {
            switch (field)
            {
                case 1:
                    cluster = reader.Unsigned();
                    break;
                case 2:
                    member = reader.Unsigned();
                    break;
                case 3:
                    revision = reader.Number();
                    break;
                case 4:
                    term = reader.Unsigned();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new EtcdHeader(cluster, member, revision, term);
    }

    private static KeyValue KeyAndValue(ReadOnlySpan<byte> message)
    {
        MessageReader reader = new(message);
        ReadOnlySpan<byte> key = default, value = default;
        long created = 0, changed = 0, version = 0, lease = 0;
        for (int field = reader.Next(); field != 0; field = reader.Next())
        {
            switch (field)
            {
                case 1:
                    key = reader.Bytes();
                    break;
                case 2:
                    created = reader.Number();
                    break;
                case 3:
                    changed = reader.Number();
                    break;
                case 4:
                    version = reader.Number();
                    break;
                case 5:
                    value = reader.Bytes();
                    break;
                case 6:
                    lease = reader.Number();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // Both in one array of their own: whoever keeps one event keeps no more than that.
        byte[] bytes = GC.AllocateUninitializedArray<byte>(key.Length + value.Length);
        key.CopyTo(bytes);
        value.CopyTo(bytes.AsSpan(key.Length));
        return new KeyValue(bytes.AsMemory(0, key.Length), bytes.AsMemory(key.Length), created, changed, version, lease);
    }
}
