using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>What others may ask of the apply stage, from any thread.</summary>
internal sealed class ApplyPort
{
    /// <summary>What was asked, in its order.</summary>
    public Inbox<ApplyWork> Inbox { get; } = new();

    /// <summary>The requests are about to enter the log: callers whose entry is applied are answered.</summary>
    public void Register(IReadOnlyList<PendingRequest> requests) => Inbox.Add(new ApplyWork.Register([.. requests]));

    /// <summary>A request that was registered did not enter the log.</summary>
    public void Reject(PendingRequest request, EtcdError error) => Inbox.Add(new ApplyWork.Reject(request, error));

    /// <summary>Asks for a storage-apply message of raft to be carried out.</summary>
    public void Apply(Message message) => Inbox.Add(new ApplyWork.Entries(message));

    /// <summary>A snapshot of another member is in the log: let its image take the backend's place.</summary>
    public void Install(Snapshot snapshot) => Inbox.Add(new ApplyWork.Install(snapshot));

    /// <summary>A snapshot of another member is opened in the backend's place: switch to it.</summary>
    public void Opened(InstalledSnapshot snapshot) => Inbox.Add(new ApplyWork.Opened(snapshot));

    /// <summary>The backend has committed a batch.</summary>
    public void Committed(BackendCommit commit) => Inbox.Add(new ApplyWork.Committed(commit));

    /// <summary>The backend has done a step of a defragmentation.</summary>
    public void Defragmented(DefragmentationStep step) => Inbox.Add(new ApplyWork.Defragmented(step));

    /// <summary>Asks for a defragmentation; the action runs when it has ended.</summary>
    public void Defragment(Action<EtcdError?> done) => Inbox.Add(new ApplyWork.Defragment(done));

    /// <summary>Asks for all that is applied to be committed now; the action runs when it is durable.</summary>
    public void ForceCommit(Action done) => Inbox.Add(new ApplyWork.ForceCommit(done));
}

/// <summary>Something that the apply stage is asked to do.</summary>
internal abstract record ApplyWork
{
    internal sealed record Register(PendingRequest[] Requests) : ApplyWork;

    internal sealed record Reject(PendingRequest Request, EtcdError Error) : ApplyWork;

    internal sealed record Entries(Message Message) : ApplyWork
    {
        /// <summary>When the stage was told of them.</summary>
        public long TakenNanoseconds { get; set; }
    }

    internal sealed record Install(Snapshot Snapshot) : ApplyWork;

    internal sealed record Opened(InstalledSnapshot Snapshot) : ApplyWork;

    internal sealed record Committed(BackendCommit Commit) : ApplyWork;

    internal sealed record ForceCommit(Action Done) : ApplyWork;

    internal sealed record Defragmented(DefragmentationStep Step) : ApplyWork;

    internal sealed record Defragment(Action<EtcdError?> Done) : ApplyWork;
}
