using Microsoft.Extensions.Logging;
using Netcd.Engine.Scheduling;
using Netcd.Engine.Snapshots;
using Netcd.Raft;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Puts raft's entries and hard state on the disk: everything that has come in since the last step in one write and one
/// flush (group commit). Only then are raft's responses released, so that nothing is acknowledged before it is durable.
/// </summary>
/// <remarks>A failed write or flush is fatal (invariant 4): the exception ends the process.</remarks>
internal sealed class LogStage(
    WriteAheadLog wal, SnapshotKeeper snapshots, Action<Message> respond, Action<Snapshot> install, ILogger log) : IStage
{
    private readonly Inbox<LogWork> inbox = new();
    private List<LogWork>? begun;

    /// <summary>
    /// Responses that wait until a snapshot received is installed, for each snapshot under way: raft hears them in the order
    /// of its requests.
    /// </summary>
    private readonly Queue<List<Message>> held = [];
    private List<Message>? holding;
    private bool lacksRoom;
    private long nextTry;
    private ulong writtenTerm;
    private ulong writtenVote;

    public string Name => "log";

    public bool BlocksOnDisk => true;

    /// <summary>Whether there is no room, or no file descriptor, for the log's next segment; for any thread.</summary>
    public bool LacksRoom => Volatile.Read(ref lacksRoom);

    public void SetWaker(Action wake) => inbox.SetWaker(wake);

    /// <summary>Asks for a storage-append message of raft to be carried out.</summary>
    public void Append(Message message) => inbox.Add(new LogWork(message, null));

    /// <summary>Asks for a raft snapshot to be written and for the log behind it to be released.</summary>
    public void Save(RaftSnapshot snapshot) => inbox.Add(new LogWork(null, snapshot));

    /// <summary>The snapshot received is the state now: its responses may go.</summary>
    public void Installed() => inbox.Add(new LogWork(null, null));

    public void Begin() => begun ??= inbox.Drain();

    public long Step(long nowMilliseconds)
    {
        List<LogWork> work = begun ?? inbox.Drain();
        begun = null;
        if (work.Count == 0)
        {
            return TryForRoom(nowMilliseconds);
        }

        bool mustFlush = false;
        foreach (LogWork item in work)
        {
            if (item.IsInstalled)
            {
                Release();
            }
            else if (item.Message is not null)
            {
                mustFlush |= Write(item.Message);
            }
        }

        if (mustFlush)
        {
            wal.Flush();
        }

        foreach (LogWork item in work)
        {
            if (item.Message is not null)
            {
                Respond(item.Message);
            }
        }

        foreach (LogWork item in work)
        {
            if (item.Snapshot is not null)
            {
                if (snapshots.Save(wal, item.Snapshot))
                {
                    log.LogInformation("saved snapshot at index {Index}", item.Snapshot.Index);
                }
            }
        }

        ObserveRoom(nowMilliseconds);
        return nowMilliseconds;
    }

    /// <summary>Asks again for room that the disk did not have, now and then; returns when it is to be asked the next time.</summary>
    private long TryForRoom(long now)
    {
        if (lacksRoom && now >= nextTry)
        {
            wal.TryBeginNextSegment();
            ObserveRoom(now);
        }

        return lacksRoom ? Math.Max(nextTry, now + 1) : long.MaxValue;
    }

    private void ObserveRoom(long now)
    {
        nextTry = now + Limits.RoomRetryMilliseconds;
        if (wal.LacksRoom == lacksRoom)
        {
            return;
        }

        Volatile.Write(ref lacksRoom, wal.LacksRoom);
        if (lacksRoom)
        {
            log.LogError("no space left, or no file descriptor, for the next segment of the log: no writes are taken until there is room");
        }
        else
        {
            log.LogInformation("there is room for the log again");
        }
    }

    /// <summary>
    /// Encodes the message's entries and hard state; true where a flush is due. A hard state that differs in the commit index
    /// alone waits in the buffer for the next flush: what is committed is found again from the log.
    /// </summary>
    private bool Write(Message message)
    {
        if (message.Snapshot is { } snapshot)
        {
            snapshots.Receive(wal, snapshot);
        }

        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            wal.AppendEntry((int)entry.Type, entry.Term, entry.Index, entry.Data.Span);
        }

        HardState hardState = message.HardState;
        if (!hardState.IsEmpty)
        {
            wal.AppendHardState(new WalHardState(hardState.Term, hardState.Vote, hardState.Commit));
        }

        bool isVote = !hardState.IsEmpty && (hardState.Term != writtenTerm || hardState.Vote != writtenVote);
        if (isVote)
        {
            writtenTerm = hardState.Term;
            writtenVote = hardState.Vote;
        }

        return !message.Entries.IsEmpty || isVote || message.Snapshot is not null;
    }

    private void Respond(Message message)
    {
        if (message.Snapshot is { } snapshot)
        {
            holding = [];
            held.Enqueue(holding);
            install(snapshot);
        }

        if (holding is not null)
        {
            holding.AddRange(message.Responses);
            return;
        }

        foreach (Message response in message.Responses)
        {
            respond(response);
        }
    }

    private void Release()
    {
        foreach (Message response in held.Dequeue())
        {
            respond(response);
        }

        if (held.Count == 0)
        {
            holding = null;
        }
    }

    private readonly record struct LogWork(Message? Message, RaftSnapshot? Snapshot)
    {
        public bool IsInstalled => Message is null && Snapshot is null;
    }
}
