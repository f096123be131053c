using Google.Protobuf;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;

namespace Netcd.Coordination;

/// <summary>Elections. The leader is the head of a queue of keys, what it says its value.</summary>
/// <param name="store">The store as the call sees it.</param>
public sealed class Elections(ICoordinationStore store)
{
    private readonly KeyQueues queues = new(store);

    /// <summary>Returns when the caller leads.</summary>
    /// <exception cref="EtcdException">There is no such lease, or it ended while the caller waited.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone: its place in the queue was given up.</exception>
    public async ValueTask<CampaignResponse> CampaignAsync(CampaignRequest request)
    {
        QueueSession session = await queues.BeginAsync(request.Lease).ConfigureAwait(false);
        QueuePlace place = await queues.EnterAsync(request.Name, session, request.Value).ConfigureAwait(false);
        bool leads = place.WasHead;
        try
        {
            if (place.Value != request.Value)
            {
                await ProclaimAsync(place.Key, place.Revision, session.Lease, request.Value).ConfigureAwait(false);
            }

            await queues.AwaitTurnAsync(place, EtcdErrors.ElectionNotLeader).ConfigureAwait(false);
            store.ThrowIfCallerHasGone();
            leads = true;
            return new CampaignResponse
            {
                Header = place.Header,
                Leader = new LeaderKey { Name = request.Name, Key = place.Key, Rev = place.Revision, Lease = session.Lease },
            };
        }
        finally
        {
            if (!leads)
            {
                await queues.GiveUpAsync(place).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Has the leader say something else.</summary>
    /// <exception cref="EtcdException">The caller leads no more.</exception>
    public async ValueTask<ProclaimResponse> ProclaimAsync(ProclaimRequest request)
    {
        LeaderKey leader = request.Leader ?? throw EtcdErrors.MissingLeaderKey.ToException();
        return new ProclaimResponse
        {
            Header = await ProclaimAsync(leader.Key, leader.Rev, leader.Lease, request.Value).ConfigureAwait(false),
        };
    }

    /// <summary>Who leads, and what it says.</summary>
    /// <exception cref="EtcdException">Nobody does.</exception>
    public async ValueTask<LeaderResponse> LeaderAsync(LeaderRequest request)
    {
        RangeResponse head = await queues.HeadAsync(request.Name).ConfigureAwait(false);
        return head.Kvs.Count > 0
            ? new LeaderResponse { Header = head.Header, Kv = head.Kvs[0] }
            : throw EtcdErrors.ElectionNoLeader.ToException();
    }

    /// <summary>Reports each leader, and what it proclaims, until the caller goes. Of changes in quick succession the last is
    /// reported.</summary>
    /// <param name="request">Which election.</param>
    /// <param name="write">Takes an answer.</param>
    public async ValueTask ObserveAsync(LeaderRequest request, Func<LeaderResponse, ValueTask> write)
    {
        (ByteString Key, long Revision) reported = (ByteString.Empty, 0);
        while (true)
        {
            RangeResponse head = await queues.HeadAsync(request.Name).ConfigureAwait(false);
            if (head.Kvs.Count > 0 && (head.Kvs[0].Key, head.Kvs[0].ModRevision) is { } now && now != reported)
            {
                reported = now;
                await write(new LeaderResponse { Header = head.Header, Kv = head.Kvs[0] }).ConfigureAwait(false);
            }

            await queues.AwaitChangeAsync(request.Name, head.Header.Revision + 1).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the caller's leadership; somebody else's stays.</summary>
    /// <exception cref="EtcdException">It is not said who leads.</exception>
    public async ValueTask<ResignResponse> ResignAsync(ResignRequest request)
    {
        LeaderKey leader = request.Leader ?? throw EtcdErrors.MissingLeaderKey.ToException();
        TxnResponse deleted = await queues.DeleteAsync(leader.Key, leader.Rev).ConfigureAwait(false);
        return new ResignResponse { Header = deleted.Header };
    }

    private async ValueTask<ResponseHeader> ProclaimAsync(ByteString key, long revision, long lease, ByteString value)
    {
        RequestOp put = new() { RequestPut = new PutRequest { Key = key, Value = value, Lease = lease } };
        TxnResponse response = await queues.ChangeAsync(key, revision, put).ConfigureAwait(false);
        return response.Succeeded ? response.Header : throw EtcdErrors.ElectionNotLeader.ToException();
    }
}
