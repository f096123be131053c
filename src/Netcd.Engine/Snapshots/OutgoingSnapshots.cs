using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Peers;
using Netcd.Engine.State;
using Netcd.Raft;

namespace Netcd.Engine.Snapshots;

/// <summary>
/// Sends this member's state to one that is too far behind for log entries; the whole way is described at <see cref="IncomingSnapshot"/>.
/// </summary>
internal sealed class OutgoingSnapshots(ReplicatedState state, PeerLinks peers, ILogger log)
{
    private int onTheirWay;

    /// <summary>Whether a snapshot is on its way: what comes behind it in the log will be needed.</summary>
    public bool IsSending => Volatile.Read(ref onTheirWay) != 0;

    /// <summary>
    /// Sends the state as the backend's file has it: its index is that of the file, which is at least the one that raft asked for.
    /// </summary>
    /// <returns>Whether it is on its way: a file from before the receiver became a member is of no use to it, which would refuse it and
    /// ask for the next at once. A commit that is due within the backend's interval brings one that is.</returns>
    public bool TrySend(Message request)
    {
        ReadHandle handle = state.Acquire();
        BackendView view = handle.State.View;
        BackendPosition position = BackendPosition.Read(view);
        if (!position.ConfState.Names(request.To))
        {
            handle.Dispose();
            return false;
        }

        Message message = request.Clone();
        message.Snapshot = new Snapshot
        {
            Metadata = new SnapshotMetadata { Index = position.Index, Term = position.Term, ConfState = position.ConfState },
            Data = SnapshotKeeper.EncodeMembers(ClusterMembers.Restore(view)),
        };
        Interlocked.Increment(ref onTheirWay);
        log.SendingMergedSnapshot(new HexId(message.From), new HexId(message.To), position.Index);
        peers.SendSnapshot(message, new SnapshotImage(handle));
        return true;
    }

    /// <summary>The sending of a snapshot has ended.</summary>
    public void Ended(ulong memberId, bool hasArrived)
    {
        Interlocked.Decrement(ref onTheirWay);
        if (hasArrived)
        {
            log.SentMergedSnapshot(new HexId(memberId));
        }
        else
        {
            log.FailedToSendMergedSnapshot(new HexId(memberId));
        }
    }
}
