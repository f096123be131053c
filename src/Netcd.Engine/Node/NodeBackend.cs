using Netcd.Engine.Backend;
using Netcd.Engine.Node.Stages;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node;

/// <summary>The backend's file: its size, its quota, and whether the disk has room. For any thread.</summary>
public sealed class NodeBackend
{
    private readonly BackendDirectory directory;
    private readonly BackendStage backend;
    private readonly LogPort log;
    private readonly ApplyPort apply;
    private readonly long quotaBytes;

    internal NodeBackend(BackendDirectory directory, BackendStage backend, LogPort log, ApplyPort apply, long quotaBytes)
    {
        this.directory = directory;
        this.backend = backend;
        this.log = log;
        this.apply = apply;
        this.quotaBytes = quotaBytes;
    }

    /// <summary>Size of the file in bytes, as of its last commit.</summary>
    public long SizeBytes => directory.File.SizeBytes;

    /// <summary>Bytes of it in use.</summary>
    public long SizeInUseBytes => directory.File.SizeInUseBytes;

    /// <summary>States of the file that somebody reads.</summary>
    public long OpenViews => directory.File.OpenViews;

    /// <summary>The quota in bytes that is in force; 0 where there is none.</summary>
    public long QuotaBytes => quotaBytes switch { < 0 => 0, 0 => Limits.QuotaBytes, _ => quotaBytes };

    /// <summary>
    /// Whether the disk has no room for what was written last: writes that need more are to be refused. It ends by itself when there is
    /// room.
    /// </summary>
    public bool LacksRoom => backend.LacksRoom || log.LacksRoom;

    /// <summary>
    /// Whether a request of that size still fits the quota. What a compaction has freed in the file is used again, so only
    /// what is in use counts: after deletions and a compaction there is room at once.
    /// </summary>
    public bool FitsQuota(long bytes) =>
        quotaBytes < 0 || SizeInUseBytes + bytes + Limits.QuotaRequestOverheadBytes <= QuotaBytes;

    /// <summary>
    /// Makes the file as small as it gets while everything goes on. The action runs when that is done; with an error where the disk
    /// had no room for the few pages that it needs, or the node stops.
    /// </summary>
    public void Defragment(Action<EtcdError?> done) => apply.Defragment(done);

    /// <summary>Has all that is applied written to the file; the action runs when it is durable.</summary>
    public void ForceCommit(Action done) => apply.ForceCommit(done);
}
