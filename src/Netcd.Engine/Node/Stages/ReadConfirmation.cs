using System.Buffers.Binary;
using Netcd.Engine.Metering;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Linearizable reads that wait: for raft's confirmation of a read index, which all reads share that came in before it was
/// asked for, and then for the apply stage to reach that index (invariant 7).
/// </summary>
internal sealed class ReadConfirmation(RequestIds ids, NodeTiming timing, ConsensusMetrics metrics)
{
    /// <summary>An unanswered question is asked again: without a leader raft drops it.</summary>
    private const int RetryMilliseconds = 500;

    private readonly Queue<Confirmed> confirmed = [];
    private List<PendingRead> waiting = [];
    private List<PendingRead> asked = [];
    private ulong context;
    private long askedAt;

    /// <summary>When the next question or the next deadline is due.</summary>
    public long NextDeadline => asked.Count > 0 ? askedAt + RetryMilliseconds : long.MaxValue;

    /// <summary>Whether an answer of raft is awaited: what comes in meanwhile waits for the next question.</summary>
    public bool IsAsking => asked.Count > 0;

    public void Add(PendingRead read) => waiting.Add(read);

    /// <summary>The context of a question to ask raft now, or null where none is due.</summary>
    public byte[]? NextQuestion(long now)
    {
        if (asked.Count == 0)
        {
            if (waiting.Count == 0)
            {
                return null;
            }

            (asked, waiting) = (waiting, asked);
        }
        else if (now < askedAt + RetryMilliseconds)
        {
            return null;
        }

        askedAt = now;
        // The leader distinguishes the questions of all members by these bytes alone.
        context = ids.Next();
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, context);
        return bytes;
    }

    /// <summary>Raft's answer: what was committed when the question was asked.</summary>
    public void Confirm(ReadOnlySpan<byte> answered, ulong index, ulong applied)
    {
        if (asked.Count == 0 || answered.Length != sizeof(ulong) || BinaryPrimitives.ReadUInt64BigEndian(answered) != context)
        {
            return;
        }

        if (index <= applied)
        {
            Complete(asked, null);
            asked.Clear();
            return;
        }

        confirmed.Enqueue(new Confirmed(index, asked));
        asked = [];
    }

    /// <summary>The question went to a leader that no longer leads: ask again at once.</summary>
    public void LeaderChanged()
    {
        askedAt = long.MinValue / 2;
        if (asked.Count > 0)
        {
            metrics.FailedReadIndexes.Increment();
        }
    }

    /// <summary>The store now shows all entries up to the index.</summary>
    public void Applied(ulong index)
    {
        while (confirmed.TryPeek(out Confirmed batch) && batch.Index <= index)
        {
            confirmed.Dequeue();
            Complete(batch.Reads, null);
        }
    }

    /// <summary>Gives up the reads whose time is over.</summary>
    public void Expire(long now)
    {
        Expire(waiting, now);
        if (Expire(asked, now) > 0)
        {
            metrics.SlowReadIndexes.Increment();
        }

        foreach (Confirmed batch in confirmed)
        {
            Expire(batch.Reads, now);
        }
    }

    /// <summary>Ends all reads with an error: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        Complete(waiting, error);
        Complete(asked, error);
        waiting.Clear();
        asked.Clear();
        while (confirmed.TryDequeue(out Confirmed batch))
        {
            Complete(batch.Reads, error);
        }
    }

    private static void Complete(List<PendingRead> reads, EtcdError? error)
    {
        foreach (PendingRead read in reads)
        {
            read.Complete(error);
        }
    }

    private int Expire(List<PendingRead> reads, long now) =>
        reads.RemoveAll(read =>
        {
            bool isOver = now >= read.DeadlineMilliseconds;
            if (isOver)
            {
                read.Complete(timing.Expiry(read.TimeoutMilliseconds));
            }

            return isOver;
        });

    private readonly record struct Confirmed(ulong Index, List<PendingRead> Reads);
}
