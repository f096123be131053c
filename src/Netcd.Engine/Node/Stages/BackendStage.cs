using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Commits the batches that the apply stage hands over, one after the other, and puts the image of a snapshot received in
/// the place of the file.
/// </summary>
/// <remarks>A failed commit is fatal (invariant 4): the exception ends the process.</remarks>
internal sealed class BackendStage(BackendHolder backend, Action<BackendCommit> committed, Action<InstalledSnapshot> opened) : IStage
{
    private readonly Inbox<BackendWork> inbox = new();
    private List<BackendWork>? begun;

    public string Name => "backend";

    public bool BlocksOnDisk => true;

    public void OnWork(Action wake) => inbox.OnWork(wake);

    /// <summary>Asks for a batch to be committed.</summary>
    public void Commit(BackendBatch batch) => inbox.Add(new BackendWork(batch, null));

    /// <summary>Asks for a snapshot's image to be opened in the file's place.</summary>
    public void Open(Snapshot snapshot) => inbox.Add(new BackendWork(null, snapshot));

    public void Begin() => begun ??= inbox.Drain();

    public long Step(long nowMilliseconds)
    {
        List<BackendWork> taken = begun ?? inbox.Drain();
        begun = null;
        foreach (BackendWork work in taken)
        {
            if (work.Batch is not null)
            {
                BackendFile file = backend.File;
                file.Commit(work.Batch);
                committed(new BackendCommit(work.Batch, file.OpenView(), file.SizeBytes, file.SizeInUseBytes));
            }
            else if (work.Snapshot is not null)
            {
                opened(Replace(work.Snapshot.Metadata));
            }
        }

        return long.MaxValue;
    }

    private InstalledSnapshot Replace(SnapshotMetadata metadata)
    {
        BackendFile file = backend.ReplaceByReceived(metadata);
        return new InstalledSnapshot(metadata.Index, metadata.Term, ReplicatedState.Restore(file.OpenView()));
    }

    private readonly record struct BackendWork(BackendBatch? Batch, Snapshot? Snapshot);
}

/// <summary>A batch that is durable, and the view of the file with it.</summary>
internal sealed record BackendCommit(BackendBatch Batch, BackendView View, long SizeBytes, long SizeInUseBytes);

/// <summary>A snapshot whose image has taken the backend's place, and the state read from it.</summary>
internal sealed record InstalledSnapshot(ulong Index, ulong Term, ReplicatedState State);

/// <summary>How far the log is applied.</summary>
/// <param name="Index">The last entry that the state stands for.</param>
/// <param name="Term">Its term.</param>
/// <param name="LogBytes">Bytes of the entries applied, counted from the raft snapshot on that the member started with.</param>
internal readonly record struct ApplyPosition(ulong Index, ulong Term, long LogBytes);
