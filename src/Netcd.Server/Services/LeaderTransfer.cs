using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using EngineMember = Netcd.Engine.Membership.Member;

namespace Netcd.Server.Services;

/// <summary>Handing leadership over.</summary>
internal static class LeaderTransfer
{
    /// <summary>Asks this member, the leader, to hand over, and returns when the other one leads.</summary>
    /// <exception cref="EtcdException">The other one cannot lead, or did not in time.</exception>
    public static async ValueTask RunAsync(EtcdNode node, MemberId memberId, CancellationToken cancellation)
    {
        if (node.Members.Find(memberId) is not { IsLearner: false })
        {
            throw EtcdErrors.BadLeaderTransferee.ToException();
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(node.Options.RequestTimeoutMilliseconds);
        node.Peers.TransferLeadership(memberId);
        try
        {
            while (node.Position.LeaderId != memberId)
            {
                await Task.Delay(node.Options.HeartbeatMilliseconds, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            throw EtcdErrors.TimeoutLeaderTransfer.ToException();
        }
    }

    /// <summary>Before a stop: hands over to the voter that is connected longest, so that the cluster need not wait for an
    /// election.</summary>
    /// <returns>Whether another one leads now.</returns>
    public static async ValueTask<bool> TryLeaveAsync(EtcdNode node, CancellationToken cancellation)
    {
        EngineMember? heir = node.Members.Members
            .Where(member => !member.IsLearner && member.Id != node.MemberId)
            .Where(member => node.Peers.ConnectedFor(new MemberId(member.Id)) is not null)
            .MaxBy(member => node.Peers.ConnectedFor(new MemberId(member.Id)));
        if (!node.IsLeader || heir is null)
        {
            return false;
        }

        try
        {
            await RunAsync(node, new MemberId(heir.Id), cancellation).ConfigureAwait(false);
            return true;
        }
        catch (EtcdException)
        {
            return false;
        }
    }
}
