using Netcd.Engine.Scheduling;
using Netcd.Engine.Snapshots;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>What others may ask of the log stage, and what it says of itself, from any thread.</summary>
internal sealed class LogPort
{
    private bool lacksRoom;
    private bool isRunningOut;

    /// <summary>What was asked, in its order.</summary>
    public Inbox<LogWork> Inbox { get; } = new();

    /// <summary>Whether there is no room, or no file descriptor, for the log's next segment. The stage sets it.</summary>
    public bool LacksRoom
    {
        get => Volatile.Read(ref lacksRoom);
        set => Volatile.Write(ref lacksRoom, value);
    }

    /// <summary>
    /// Whether the disk is full, and the room that the log has is nearly used up: every request that goes through the log is to be refused,
    /// as this member ends where a record finds no room. It ends by itself when there is room. The stage sets it.
    /// </summary>
    public bool IsRunningOut
    {
        get => Volatile.Read(ref isRunningOut);
        set => Volatile.Write(ref isRunningOut, value);
    }

    /// <summary>Asks for a storage-append message of raft to be carried out.</summary>
    public void Append(Message message) => Inbox.Add(new LogWork.Append(message));

    /// <summary>Asks for a raft snapshot to be written and for the log behind it to be released.</summary>
    public void Save(RaftSnapshot snapshot) => Inbox.Add(new LogWork.Save(snapshot));

    /// <summary>The state is that of the snapshot received: the responses that waited for it may go.</summary>
    public void Installed() => Inbox.Add(new LogWork.Installed());
}

/// <summary>Something that the log stage is asked to do.</summary>
internal abstract record LogWork
{
    internal sealed record Append(Message Message) : LogWork;

    internal sealed record Save(RaftSnapshot Snapshot) : LogWork;

    internal sealed record Installed : LogWork;
}
