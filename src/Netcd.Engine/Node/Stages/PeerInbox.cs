using Netcd.Engine.Scheduling;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Messages of peers that wait for the consensus stage. Peers may send faster than a member takes: what is over the limits
/// is dropped, as the network might have done, and raft sends it again.
/// </summary>
internal sealed class PeerInbox
{
    private readonly Inbox<Message> inbox = new();
    private int count;
    private long bytes;

    /// <summary>Messages that wait.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>What to call when a message comes.</summary>
    public void SetWaker(Action wake) => inbox.SetWaker(wake);

    /// <summary>Puts a message in, from any thread; false where too many wait.</summary>
    public bool TryAdd(Message message)
    {
        long size = SizeOf(message);
        int messages = Interlocked.Increment(ref count);
        long waiting = Interlocked.Add(ref bytes, size) - size;
        if (messages > Limits.MaxQueuedPeerMessages || waiting > Limits.MaxQueuedPeerMessageBytes)
        {
            Interlocked.Decrement(ref count);
            Interlocked.Add(ref bytes, -size);
            return false;
        }

        inbox.Add(message);
        return true;
    }

    /// <summary>Takes all that is there, in order; the list is valid until the next call.</summary>
    public List<Message> Drain()
    {
        List<Message> messages = inbox.Drain();
        long drained = 0;
        foreach (Message message in messages)
        {
            drained += SizeOf(message);
        }

        Interlocked.Add(ref count, -messages.Count);
        Interlocked.Add(ref bytes, -drained);
        return messages;
    }

    private static long SizeOf(Message message)
    {
        long size = Limits.PeerMessageBytes + message.Context.Length + (message.Snapshot?.Data.Length ?? 0)
            + ((long)Limits.PeerEntryBytes * message.Entries.Length);
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            size += entry.Data.Length;
        }

        return size;
    }
}
