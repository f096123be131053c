using Netcd.Engine.Backend;

namespace Netcd.Engine.Node.Stages;

/// <summary>Commits the batches that the apply stage hands over, one after the other.</summary>
/// <remarks>A failed commit is fatal (invariant 4): the exception ends the process.</remarks>
internal sealed class BackendStage(BackendFile file, Action<BackendCommit> committed) : IStage
{
    private readonly Inbox<BackendBatch> inbox = new();

    public string Name => "backend";

    public bool BlocksOnDisk => true;

    public void OnWork(Action wake) => inbox.OnWork(wake);

    /// <summary>Asks for a batch to be committed.</summary>
    public void Commit(BackendBatch batch) => inbox.Add(batch);

    public long Step(long nowMilliseconds)
    {
        foreach (BackendBatch batch in inbox.Drain())
        {
            file.Commit(batch);
            committed(new BackendCommit(batch, file.OpenView(), file.SizeBytes, file.SizeInUseBytes));
        }

        return long.MaxValue;
    }
}

/// <summary>A batch that is durable, and the view of the file with it.</summary>
internal sealed record BackendCommit(BackendBatch Batch, BackendView View, long SizeBytes, long SizeInUseBytes);
