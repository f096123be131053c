using Netcd.Engine.Backend;
using Netcd.Engine.Scheduling;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>What the apply stage asks of the backend stage.</summary>
internal sealed class BackendPort
{
    /// <summary>What was asked, in its order.</summary>
    public Inbox<BackendWork> Inbox { get; } = new();

    /// <summary>Asks for a batch to be committed; the apply stage is informed when it is durable.</summary>
    public void Commit(BackendBatch batch) => Inbox.Add(new BackendWork.Commit(batch));

    /// <summary>Asks for a snapshot's image to be opened in the file's place. No commit is under way.</summary>
    public void Open(Snapshot snapshot) => Inbox.Add(new BackendWork.Open(snapshot));

    /// <summary>Asks for a step of a defragmentation, which begins where none is under way. No commit is.</summary>
    public void Defragment() => Inbox.Add(new BackendWork.Defragment());
}

/// <summary>Something that the backend stage is asked to do.</summary>
internal abstract record BackendWork
{
    internal sealed record Commit(BackendBatch Batch) : BackendWork;

    internal sealed record Open(Snapshot Snapshot) : BackendWork;

    internal sealed record Defragment : BackendWork;
}
