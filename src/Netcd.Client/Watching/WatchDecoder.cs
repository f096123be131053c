using System.Buffers;
using System.Text;
using Netcd.Client.Connecting;

namespace Netcd.Client.Watching;

/// <summary>
/// Reads what comes on a stream of watches, <c>etcdserverpb.WatchResponse</c>, straight into what readers get. Watches are what a client
/// may get millions of messages from: the generated ones would cost four objects more an event, each copied from once.
/// </summary>
internal static class WatchDecoder
{
    public static WatchMessage Decode(ReadOnlySequence<byte> message)
    {
        if (message.IsSingleSegment)
        {
            return Decode(message.FirstSpan);
        }

        byte[] whole = ArrayPool<byte>.Shared.Rent((int)message.Length);
        try
        {
            message.CopyTo(whole);
            return Decode(whole.AsSpan(0, (int)message.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    public static WatchMessage Decode(ReadOnlySpan<byte> message)
    {
        MessageReader reader = new(message);
        EtcdHeader header = default;
        long watchId = 0, compactRevision = 0;
        bool created = false, canceled = false, fragment = false;
        string reason = "";
        List<WatchEvent> events = [];
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
                case 11:
                    events.Add(Event(reader.Bytes()));
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
            Events = events,
        };
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

    private static WatchEvent Event(ReadOnlySpan<byte> message)
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
