using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Netcd.Engine.Alarms;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Node.Stages;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Peers;
using Netcd.Server.Running;

namespace Netcd.Server.Services;

/// <summary>The Maintenance service, whatever transport calls it.</summary>
public sealed class MaintenanceHandlers(EngineClient gate)
{
    /// <summary>Bytes of a snapshot in one message of the stream.</summary>
    private const int SnapshotChunkBytes = 32 * 1024;

    private const string FirstStorageVersion = "3.5.0";

    private readonly EtcdNode node = gate.Node;
    private readonly Downgrades downgrades = new(gate);
    private readonly LowShareThreads reads = new("netcd-sums", threads: 1, ServiceLimits.WaitingReads);
    private readonly LowShareThreads peerReads = new("netcd-peersums", threads: 1, ServiceLimits.WaitingPeerReads);
    private readonly MemoryBudget snapshots = new(ServiceLimits.Snapshots);

    /// <summary>How the member is.</summary>
    public async ValueTask<StatusResponse> StatusAsync(StatusRequest request, CallContext context)
    {
        gate.Admit(context, isForLearners: true);
        await gate.AuthorizeAsync(Calls.Status, context).ConfigureAwait(false);
        RaftPosition position = node.Position;
        StatusResponse response = new()
        {
            Header = node.Header(node.Revision),
            Version = ServerIdentity.EtcdVersion,
            DbSize = node.Backend.SizeBytes,
            DbSizeInUse = node.Backend.SizeInUseBytes,
            DbSizeQuota = node.Backend.QuotaBytes,
            Leader = position.LeaderId,
            RaftIndex = position.CommitIndex,
            RaftAppliedIndex = position.AppliedIndex,
            RaftTerm = position.Term,
            IsLearner = node.IsLearner,
            StorageVersion = StorageVersion,
            DowngradeInfo = new DowngradeInfo
            {
                Enabled = node.Members.DowngradeTarget is not null,
                TargetVersion = node.Members.DowngradeTarget ?? "",
            },
        };
        if (position.LeaderId == 0)
        {
            response.Errors.Add(EtcdErrors.NoLeader.Message);
        }

        foreach (AlarmMember alarm in node.Alarms.Alarms)
        {
            response.Errors.Add(string.Create(
                CultureInfo.InvariantCulture, $"memberID:{alarm.MemberID} alarm:{AlarmTable.NameOf(alarm.Alarm)} "));
        }

        return response;
    }

    /// <summary>The sum over the backend's file.</summary>
    public async ValueTask<HashResponse> HashAsync(HashRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.Hash, context).ConfigureAwait(false);
        await gate.ForceCommitAsync(context.Cancellation).ConfigureAwait(false);
        uint hash = await reads.RunAsync(HashBackend, context.Cancellation).ConfigureAwait(false);
        return new HashResponse { Header = node.Header(node.Revision), Hash = hash };
    }

    /// <summary>Makes the backend's file of this member as small as it gets, and returns when that is done; other calls go on. A caller
    /// that waits no more does not end it.</summary>
    /// <exception cref="EtcdException">The disk had no room, or the member stops.</exception>
    public async ValueTask<DefragmentResponse> DefragmentAsync(DefragmentRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.Defragment, context).ConfigureAwait(false);
        TaskCompletionSource<EtcdError?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Backend.Defragment(error => done.TrySetResult(error));
        (await done.Task.WaitAsync(context.Cancellation).ConfigureAwait(false)).ThrowIfError();
        return new DefragmentResponse();
    }

    /// <summary>The sum over the history up to a revision, equal on all members.</summary>
    /// <exception cref="EtcdException">The revision is compacted or in the future.</exception>
    public async ValueTask<HashKVResponse> HashKvAsync(HashKVRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.HashKv, context).ConfigureAwait(false);
        HashKVResponse response = await reads
            .RunAsync(cancellation => HashKv(request.Revision, cancellation), context.Cancellation).ConfigureAwait(false);
        response.Header = node.Header(node.Revision);
        return response;
    }

    /// <summary>The same sum for another member, which compares it with its own.</summary>
    /// <exception cref="EtcdException">The revision is compacted or in the future.</exception>
    public async ValueTask<PeerHash> HashForPeerAsync(long revision, CancellationToken cancellation)
    {
        gate.Admit(new CallContext(cancellation), isForLearners: true);
        HashKVResponse found = await peerReads.RunAsync(stop => HashKv(revision, stop), cancellation).ConfigureAwait(false);
        return new PeerHash(node.Revision, found.Hash, found.CompactRevision, found.HashRevision);
    }

    /// <summary>Hands leadership over to another voter, and returns when that one leads.</summary>
    /// <exception cref="EtcdException">This member does not lead, or the other cannot.</exception>
    public async ValueTask<MoveLeaderResponse> MoveLeaderAsync(MoveLeaderRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.MoveLeader, context).ConfigureAwait(false);
        if (!node.IsLeader)
        {
            throw EtcdErrors.NotLeader.ToException();
        }

        await LeaderTransfer.RunAsync(node, new MemberId(request.TargetID), context.Cancellation).ConfigureAwait(false);
        return new MoveLeaderResponse();
    }

    /// <summary>Takes the cluster down to the version before, or says whether it could be.</summary>
    /// <exception cref="EtcdException">The target is none, or a downgrade is under way already, or none is.</exception>
    public async ValueTask<DowngradeResponse> DowngradeAsync(DowngradeRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.Downgrade, context).ConfigureAwait(false);
        return await downgrades.RunAsync(request, context).ConfigureAwait(false);
    }

    /// <summary>Whether a downgrade is under way, for another member, as of now or later.</summary>
    /// <exception cref="EtcdException">There was no leader in time.</exception>
    public async ValueTask<bool> IsDowngradeEnabledAsync(CancellationToken cancellation)
    {
        await gate.ConfirmReadAsync(new CallContext(cancellation)).ConfigureAwait(false);
        return node.Members.DowngradeTarget is not null;
    }

    /// <summary>Raises, clears or lists alarms.</summary>
    /// <exception cref="EtcdException">The action or the type is unknown, or there was no leader in time.</exception>
    public async ValueTask<AlarmResponse> AlarmAsync(AlarmRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.Alarm, context).ConfigureAwait(false);
        if (request.Action != AlarmRequest.Types.AlarmAction.Get)
        {
            node.Auth.CheckRoot(user).ThrowIfError();
        }

        RequestChecks.Check(request).ThrowIfError();
        AlarmResponse response = await gate
            .ProposeAsync<AlarmResponse>(new InternalRaftRequest { Alarm = request }, user, context).ConfigureAwait(false);
        response.Header = node.Header(node.Revision);
        return response;
    }

    /// <summary>Streams the backend's file, and its SHA-256 in the last message. It waits until few others are sent.</summary>
    public async ValueTask SnapshotAsync(Func<SnapshotResponse, Task> write, CallContext context)
    {
        gate.Admit(context, isForLearners: true);
        await gate.AuthorizeAsync(Calls.Snapshot, context).ConfigureAwait(false);
        using MemoryBudget.Share place = await snapshots.TakeAsync(1, context.Cancellation).ConfigureAwait(false);
        await gate.ForceCommitAsync(context.Cancellation).ConfigureAwait(false);
        using ReadHandle handle = node.Reads.Acquire();
        long began = node.Metrics.Clock.Now;
        await SendAsync(handle, write, context.Cancellation).ConfigureAwait(false);
        node.Metrics.Clock.Observe(node.Metrics.Store.Snapshot, began);
    }

    /// <summary>Sends at the reader's pace: no thread waits for it, and others have their turn on the pool in between.</summary>
    private async ValueTask SendAsync(ReadHandle handle, Func<SnapshotResponse, Task> write, CancellationToken cancellation)
    {
        using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = handle.ImageBytes;
        int sinceTurn = 0;
        for (long at = 0; at < size;)
        {
            cancellation.ThrowIfCancellationRequested();
            byte[] piece = new byte[(int)Math.Min(SnapshotChunkBytes, size - at)];
            at += handle.ReadImage(at, piece);
            sum.AppendData(piece);
            await SlowReader.LimitAsync(write(Message(size - at, piece)), ServiceLimits.ReaderPatience).ConfigureAwait(false);
            sinceTurn += piece.Length;
            if (sinceTurn >= ServiceLimits.BytesInTurn)
            {
                sinceTurn = 0;
                await Task.Yield();
            }
        }

        await SlowReader.LimitAsync(write(Message(0, sum.GetHashAndReset())), ServiceLimits.ReaderPatience).ConfigureAwait(false);
    }

    /// <summary>What the file says that it is for. One that says nothing is of 3.5, from its first commit on.</summary>
    private string StorageVersion => node.Members.StorageVersion ?? (node.Position.AppliedIndex > 0 ? FirstStorageVersion : "");

    private SnapshotResponse Message(long remaining, byte[] blob) => new()
    {
        RemainingBytes = (ulong)remaining,
        Blob = UnsafeByteOperations.UnsafeWrap(blob),
        Version = StorageVersion,
    };

    private uint HashBackend(CancellationToken cancellation)
    {
        using ReadHandle handle = node.Reads.Acquire();
        long began = node.Metrics.Clock.Now;
        uint sum = handle.HashBackend(cancellation);
        node.Metrics.Clock.Observe(node.Metrics.Store.Hash, began);
        return sum;
    }

    private HashKVResponse HashKv(long revision, CancellationToken cancellation)
    {
        using ReadHandle handle = node.Reads.Acquire();
        long began = node.Metrics.Clock.Now;
        EtcdError? error = node.Reads.HashKv(handle, revision, out HashKVResponse response, cancellation);
        error.ThrowIfError();
        node.Metrics.Clock.Observe(node.Metrics.Store.HashByRevision, began);
        return response;
    }
}
