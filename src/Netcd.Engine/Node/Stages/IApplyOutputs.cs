using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Engine.Requests;
using Netcd.Engine.Snapshots;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>What the apply stage wants of others.</summary>
internal interface IApplyOutputs
{
    /// <summary>Tells raft that a message of its storage protocol is carried out.</summary>
    void Respond(Message response);

    /// <summary>A change of the configuration is applied: raft takes it over before it hears that the entry is.</summary>
    void ConfChanged(ConfChange change);

    /// <summary>The members are others, or reached elsewhere, than before.</summary>
    void MembersChanged();

    /// <summary>A lease was granted, revoked or checkpointed.</summary>
    void LeaseChanged(long id);

    /// <summary>To the backend stage: open the image received in the backend's place. No commit is under way.</summary>
    void Open(Snapshot snapshot);

    /// <summary>The state is that of the snapshot received: the log stage may release what waits for it.</summary>
    void Installed();

    /// <summary>Readers see something new: watches have something to send.</summary>
    void Published();

    /// <summary>A request is applied and published, and its answer has parts that take long to read: it is completed when they are
    /// there.</summary>
    void Answer(PendingRequest request, ApplyResult result);

    /// <summary>To the backend stage.</summary>
    void Commit(BackendBatch batch);

    /// <summary>Enough entries are in the backend since the last raft snapshot for a new one.</summary>
    void SnapshotDue(RaftSnapshot snapshot);
}
