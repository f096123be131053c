using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
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
    WriteAheadLog wal,
    SnapshotKeeper snapshots,
    LogPort port,
    ApplyPort apply,
    StorageResponses responses,
    FlushTimes? flushes,
    ILogger log) : IStage
{
    private List<LogWork>? begun;

    /// <summary>
    /// Responses that wait until a snapshot received is installed, for each snapshot under way: raft hears them in the order
    /// of its requests.
    /// </summary>
    private readonly Queue<List<Message>> held = [];
    private List<Message>? holding;
    private string? readyFor;
    private long nextTry;
    private ulong writtenIndex;
    private ulong writtenTerm;
    private ulong writtenVote;

    public string Name => "log";

    public bool BlocksOnDisk => true;

    public int Waiting => port.Inbox.Count;

    public void SetWaker(Action wake) => port.Inbox.SetWaker(wake);

    public void Begin() => begun ??= port.Inbox.Drain();

    public long Step(long nowMilliseconds)
    {
        List<LogWork> work = begun ?? port.Inbox.Drain();
        begun = null;
        if (work.Count == 0)
        {
            return TryForRoom(nowMilliseconds);
        }

        bool mustFlush = false;
        foreach (LogWork item in work)
        {
            if (item is LogWork.Installed)
            {
                Release();
            }
            else if (item is LogWork.Append append)
            {
                mustFlush |= Write(append.Message);
            }
        }

        if (mustFlush)
        {
            wal.Flush();
            flushes?.Note(writtenIndex);
        }

        foreach (LogWork item in work)
        {
            if (item is LogWork.Append append)
            {
                Respond(append.Message);
            }
        }

        foreach (LogWork item in work)
        {
            if (item is LogWork.Save save && snapshots.Save(wal, save.Snapshot))
            {
                log.SavedSnapshot(save.Snapshot.Index);
                NoteDowngrade(save.Snapshot.Members);
            }
        }

        ObserveRoom(nowMilliseconds);
        return nowMilliseconds;
    }

    /// <summary>
    /// An older program may be started in this one's place: the entry that raised the version is behind the snapshot, with which such a
    /// program begins. Said once for a downgrade.
    /// </summary>
    private void NoteDowngrade(ClusterMembers members)
    {
        string? ready = members.DowngradeTarget == members.ClusterVersion ? members.DowngradeTarget : null;
        if (ready is not null && ready != readyFor)
        {
            log.ReadyToDowngrade(ready);
        }

        readyFor = ready;
    }

    /// <summary>Asks again for room that the disk did not have, now and then; returns when it is to be asked the next time.</summary>
    private long TryForRoom(long now)
    {
        if (port.LacksRoom && now >= nextTry)
        {
            wal.TryBeginNextSegment();
            ObserveRoom(now);
        }

        return port.LacksRoom ? Math.Max(nextTry, now + 1) : long.MaxValue;
    }

    private void ObserveRoom(long now)
    {
        nextTry = now + Limits.RoomRetryMilliseconds;
        port.IsRunningOut = wal.IsRunningOut;
        if (wal.LacksRoom == port.LacksRoom)
        {
            return;
        }

        port.LacksRoom = wal.LacksRoom;
        if (wal.LacksRoom)
        {
            log.LogLacksRoom();
        }
        else
        {
            log.LogHasRoom();
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
            writtenIndex = entry.Index;
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
            apply.Install(snapshot);
        }

        if (holding is not null)
        {
            holding.AddRange(message.Responses);
            return;
        }

        foreach (Message response in message.Responses)
        {
            responses.Send(response);
        }
    }

    private void Release()
    {
        foreach (Message response in held.Dequeue())
        {
            responses.Send(response);
        }

        if (held.Count == 0)
        {
            holding = null;
        }
    }
}
