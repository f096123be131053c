using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Node.Stages;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.Peers;

namespace Netcd.Server.Services;

/// <summary>The Maintenance service, whatever transport calls it.</summary>
public sealed class MaintenanceHandlers(EngineGate gate)
{
    /// <summary>Bytes of a snapshot in one message of the stream.</summary>
    private const int SnapshotChunkBytes = 32 * 1024;

    private readonly EtcdNode node = gate.Node;

    /// <summary>How the member is.</summary>
    public ValueTask<StatusResponse> StatusAsync(StatusRequest request, CallContext context)
    {
        gate.Admit(context, isForLearners: true);
        RaftPosition position = node.Position;
        StatusResponse response = new()
        {
            Header = node.Header(node.Revision),
            Version = ServerIdentity.EtcdVersion,
            DbSize = node.BackendSizeBytes,
            DbSizeInUse = node.BackendSizeInUseBytes,
            DbSizeQuota = node.QuotaBytes,
            Leader = position.LeaderId,
            RaftIndex = position.CommitIndex,
            RaftAppliedIndex = position.AppliedIndex,
            RaftTerm = position.Term,
            IsLearner = node.IsLearner,
            StorageVersion = node.Members.ClusterVersion ?? "",
            DowngradeInfo = new DowngradeInfo(),
        };
        if (position.LeaderId == 0)
        {
            response.Errors.Add(EtcdErrors.NoLeader.Message);
        }

        foreach (AlarmMember alarm in node.Alarms.Alarms)
        {
            response.Errors.Add(string.Create(
                CultureInfo.InvariantCulture, $"memberID:{alarm.MemberID} alarm:{AlarmName(alarm.Alarm)} "));
        }

        return ValueTask.FromResult(response);
    }

    /// <summary>The sum over the backend's file.</summary>
    public async ValueTask<HashResponse> HashAsync(HashRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.ForceCommitAsync(context.Cancellation).ConfigureAwait(false);
        using ReadLease lease = node.Acquire();
        return new HashResponse { Header = node.Header(node.Revision), Hash = EtcdNode.HashBackend(lease) };
    }

    /// <summary>The sum over the history up to a revision, equal on all members.</summary>
    /// <exception cref="EtcdException">The revision is compacted or in the future.</exception>
    public ValueTask<HashKVResponse> HashKvAsync(HashKVRequest request, CallContext context)
    {
        gate.Admit(context);
        using ReadLease lease = node.Acquire();
        if (node.HashKv(lease, request.Revision, out HashKVResponse response) is { } error)
        {
            return ValueTask.FromException<HashKVResponse>(error.ToException());
        }

        response.Header = node.Header(node.Revision);
        return ValueTask.FromResult(response);
    }

    /// <summary>The same sum for another member, which compares it with its own.</summary>
    /// <exception cref="EtcdException">The revision is compacted or in the future.</exception>
    public PeerHash HashForPeer(long revision, CancellationToken cancellation)
    {
        gate.Admit(new CallContext(cancellation), isForLearners: true);
        using ReadLease lease = node.Acquire();
        return node.HashKv(lease, revision, out HashKVResponse found) is { } error
            ? throw error.ToException()
            : new PeerHash(node.Revision, found.Hash, found.CompactRevision, found.HashRevision);
    }

    /// <summary>Hands leadership over to another voter, and returns when that one leads.</summary>
    /// <exception cref="EtcdException">This member does not lead, or the other cannot.</exception>
    public async ValueTask<MoveLeaderResponse> MoveLeaderAsync(MoveLeaderRequest request, CallContext context)
    {
        gate.Admit(context);
        if (!node.IsLeader)
        {
            throw EtcdErrors.NotLeader.ToException();
        }

        await LeaderTransfer.RunAsync(node, request.TargetID, context.Cancellation).ConfigureAwait(false);
        return new MoveLeaderResponse();
    }

    /// <summary>Raises, clears or lists alarms.</summary>
    /// <exception cref="EtcdException">The action or the type is unknown, or there was no leader in time.</exception>
    public async ValueTask<AlarmResponse> AlarmAsync(AlarmRequest request, CallContext context)
    {
        gate.Admit(context);
        if (RequestChecks.Check(request) is { } error)
        {
            throw error.ToException();
        }

        AlarmResponse response = await gate
            .ProposeAsync<AlarmResponse>(new InternalRaftRequest { Alarm = request }, context).ConfigureAwait(false);
        response.Header = node.Header(node.Revision);
        return response;
    }

    /// <summary>Streams the backend's file, and its SHA-256 in the last message.</summary>
    public async ValueTask SnapshotAsync(Func<SnapshotResponse, Task> write, CallContext context)
    {
        gate.Admit(context, isForLearners: true);
        await gate.ForceCommitAsync(context.Cancellation).ConfigureAwait(false);
        using ReadLease lease = node.Acquire();
        SnapshotStream stream = new(write, node, EtcdNode.BackendImageBytes(lease), context.Cancellation);
        await Task.Run(() => EtcdNode.CopyBackend(lease, stream), context.Cancellation).ConfigureAwait(false);
        await stream.FinishAsync().ConfigureAwait(false);
    }

    private static string AlarmName(AlarmType alarm) => alarm switch
    {
        AlarmType.Nospace => "NOSPACE",
        AlarmType.Corrupt => "CORRUPT",
        _ => "NONE",
    };

    /// <summary>Cuts what is written to it into messages and sums it up.</summary>
    private sealed class SnapshotStream(
        Func<SnapshotResponse, Task> write, EtcdNode node, long totalBytes, CancellationToken cancellation) : Stream
    {
        private readonly IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] chunk = new byte[SnapshotChunkBytes];
        private int filled;
        private long remaining = totalBytes;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                int part = Math.Min(buffer.Length, chunk.Length - filled);
                buffer[..part].CopyTo(chunk.AsSpan(filled));
                filled += part;
                buffer = buffer[part..];
                if (filled == chunk.Length)
                {
                    SendAsync().GetAwaiter().GetResult();
                }
            }
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        /// <summary>Sends the rest and the sum.</summary>
        public async Task FinishAsync()
        {
            if (filled > 0)
            {
                await SendAsync().ConfigureAwait(false);
            }

            await write(Message(sum.GetHashAndReset())).ConfigureAwait(false);
        }

        protected override void Dispose(bool disposing)
        {
            sum.Dispose();
            base.Dispose(disposing);
        }

        private Task SendAsync()
        {
            cancellation.ThrowIfCancellationRequested();
            sum.AppendData(chunk, 0, filled);
            remaining -= filled;
            SnapshotResponse message = Message(chunk.AsSpan(0, filled));
            filled = 0;
            return write(message);
        }

        private SnapshotResponse Message(ReadOnlySpan<byte> blob) => new()
        {
            RemainingBytes = (ulong)remaining,
            Blob = ByteString.CopyFrom(blob),
            Version = node.Members.ClusterVersion ?? "",
        };
    }
}
