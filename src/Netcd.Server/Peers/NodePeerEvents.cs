using System.Buffers;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Snapshots;
using Netcd.Raft;

namespace Netcd.Server.Peers;

/// <summary>Hands what the transport sees over to a node.</summary>
/// <param name="node">The node.</param>
/// <param name="removed">Called once, when a peer answers that this member was removed for good.</param>
public sealed class NodePeerEvents(EtcdNode node, Action removed) : IPeerEvents
{
    private int isRemoved;

    /// <inheritdoc/>
    public MemberId MemberId => node.MemberId;

    /// <inheritdoc/>
    public ulong ClusterId => node.ClusterId;

    /// <inheritdoc/>
    public ClusterMembers Members => node.Members;

    /// <inheritdoc/>
    public bool ListensToStrangers => node.Peers.ListensToStrangers;

    /// <inheritdoc/>
    public bool IsKnown(MemberId memberId) => node.Peers.IsKnown(memberId);

    /// <inheritdoc/>
    public void Introduce(IReadOnlyCollection<ulong>? members) => node.Peers.Introduce(members);

    /// <inheritdoc/>
    public void Receive(Message message) => node.Peers.Receive(message);

    /// <inheritdoc/>
    public void Unreachable(MemberId memberId) => node.Peers.ReportUnreachable(memberId);

    /// <inheritdoc/>
    public void SnapshotSent(MemberId memberId, bool succeeded) => node.Peers.ReportSnapshot(memberId, succeeded);

    /// <inheritdoc/>
    public async Task ReceiveSnapshotAsync(Message message, Stream image, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(image);
        using IncomingSnapshot snapshot = node.Peers.BeginSnapshot(message);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PeerLimits.SnapshotChunkBytes);
        try
        {
            int read;
            while ((read = await image.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                snapshot.Write(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        // The flush of a large file takes seconds: the pool's threads are not for that.
        await Task.Factory.StartNew(
            snapshot.Complete,
            cancellation,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void RemovedFromCluster()
    {
        if (Interlocked.Exchange(ref isRemoved, 1) == 0)
        {
            removed();
        }
    }
}
