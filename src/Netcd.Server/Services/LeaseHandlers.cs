using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Engine.Leases;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Protocol.Leasepb;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Peers;
using Netcd.Server.Watching;
using EngineMember = Netcd.Engine.Membership.Member;

namespace Netcd.Server.Services;

/// <summary>The Lease service, whatever transport calls it. What only the leader knows is asked there.</summary>
public sealed class LeaseHandlers
{
    /// <summary>What a lease may add to the backend, for the quota. etcd's estimate.</summary>
    private const long LeaseBytes = 64;

    /// <summary>Between two attempts to reach the leader.</summary>
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(50);

    private readonly EngineClient gate;
    private readonly EtcdNode node;
    private readonly LeaseClient leader;
    private readonly LeaderLoss leaderLoss;
    private readonly LargeAnswers answers;

    internal LeaseHandlers(EngineClient gate, LeaseClient leader, LeaderLoss leaderLoss, LargeAnswers answers)
    {
        this.answers = answers;
        this.gate = gate;
        this.leader = leader;
        this.leaderLoss = leaderLoss;
        node = gate.Node;
    }

    /// <summary>Grants a lease, with an id of this member's choice where the caller has none.</summary>
    /// <exception cref="EtcdException">The id is taken, or the time is too long.</exception>
    public async ValueTask<LeaseGrantResponse> GrantAsync(LeaseGrantRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.LeaseGrant, context).ConfigureAwait(false);
        await gate.CheckQuotaAsync(LeaseBytes, context).ConfigureAwait(false);
        LeaseGrantRequest proposed = request.ID != 0 ? request : new LeaseGrantRequest { TTL = request.TTL, ID = node.Leases.NewId() };
        return await gate
            .ProposeAsync<LeaseGrantResponse>(new InternalRaftRequest { LeaseGrant = proposed }, user, context).ConfigureAwait(false);
    }

    /// <summary>Ends a lease: its keys are deleted.</summary>
    /// <exception cref="EtcdException">There is none.</exception>
    public async ValueTask<LeaseRevokeResponse> RevokeAsync(LeaseRevokeRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.LeaseRevoke, context).ConfigureAwait(false);
        return await gate
            .ProposeAsync<LeaseRevokeResponse>(new InternalRaftRequest { LeaseRevoke = request }, user, context).ConfigureAwait(false);
    }

    /// <summary>Ends a lease that this member has granted for a call of its own services, as its expiry would: a caller that has lost the
    /// right to its keys meanwhile must not hold others up with it.</summary>
    internal ValueTask<LeaseRevokeResponse> EndOwnAsync(LeaseRevokeRequest request, CallContext context)
    {
        AuthTable table = node.Auth;
        AuthIdentity server = table.IsEnabled ? new AuthIdentity(AuthIdentity.Root, table.Revision) : AuthIdentity.None;
        return gate.ProposeAsync<LeaseRevokeResponse>(new InternalRaftRequest { LeaseRevoke = request }, server, context);
    }

    /// <summary>Begins a stream of keep-alives, whose renewals are asked for with the context of the scope.</summary>
    /// <exception cref="EtcdException">The call is refused.</exception>
    internal LeaderScope BeginKeepAlive(CallContext context)
    {
        gate.Admit(context);
        return leaderLoss.Enter(context);
    }

    /// <summary>Gives a lease its whole time again. For one that does not exist, or no more, the answer is a time of 0.</summary>
    /// <exception cref="EtcdException">There is no leader in time.</exception>
    public async ValueTask<LeaseKeepAliveResponse> KeepAliveAsync(LeaseKeepAliveRequest request, CallContext context)
    {
        Renewal[] renewals = [new Renewal(new LeaseId(request.ID))];
        ResponseHeader header = await KeepAliveAsync(renewals, context).ConfigureAwait(false);
        return renewals[0].Error is { } error
            ? throw error.ToException()
            : new LeaseKeepAliveResponse { Header = header, ID = request.ID, TTL = renewals[0].TtlSeconds };
    }

    /// <summary>Gives leases their whole time again. For one that does not exist, or no more, the answer is a time of 0.</summary>
    /// <param name="renewals">The leases; each is replaced by its answer, an error where there is no leader in time.</param>
    /// <param name="context">The call.</param>
    /// <returns>The header of all answers.</returns>
    /// <exception cref="EtcdException">The caller waits no more.</exception>
    public async ValueTask<ResponseHeader> KeepAliveAsync(Renewal[] renewals, CallContext context)
    {
        // The revision is of before the renewals: a lease revoked at a revision must not show as alive at a later one.
        ResponseHeader header = node.Header(node.Revision);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.LeaseKeepAlive, context).ConfigureAwait(false);

        // The keys of the leases are judged where the caller is known; the leader renews what a member asks it to.
        bool isAsked = node.IsLeader || !node.Auth.IsUnlimited(user);
        if (isAsked)
        {
            await gate.RenewAsync(renewals, user, context).ConfigureAwait(false);
        }

        List<int>? elsewhere = null;
        for (int at = 0; at < renewals.Length; at++)
        {
            if (renewals[at].Error == EtcdErrors.LeaseNotFound)
            {
                renewals[at] = new Renewal(renewals[at].Id);
            }
            else if (!isAsked || renewals[at].Error == EtcdErrors.NotPrimaryLessor)
            {
                (elsewhere ??= []).Add(at);
            }
        }

        if (elsewhere is not null)
        {
            await RenewAtLeaderAsync(renewals, elsewhere, context).ConfigureAwait(false);
        }

        return header;
    }

    /// <summary>How much time a lease has left, and its keys. For one that does not exist the answer is a time of -1.</summary>
    /// <exception cref="EtcdException">There is no leader in time.</exception>
    public async ValueTask<LeaseInspection> TimeToLiveAsync(LeaseTimeToLiveRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.LeaseTimeToLive, context).ConfigureAwait(false);
        LeaseInspection inspection;
        try
        {
            inspection = await AtLeaderAsync(
                call => InspectAsync(request, call),
                async (member, stop) =>
                {
                    byte[] answer = await leader.InspectAsync(member.PeerUrls, request, stop).ConfigureAwait(false);
                    return answer.Length > ServiceLimits.SmallAnswerBytes
                        ? await answers.RunAsync(() => Read(answer, request.ID), stop).ConfigureAwait(false)
                        : Read(answer, request.ID);
                },
                context).ConfigureAwait(false);
        }
        catch (EtcdException failure) when (failure.Error == EtcdErrors.LeaseNotFound)
        {
            inspection = new LeaseInspection(new LeaseId(request.ID), -1, 0, []);
        }

        if (request.Keys && !node.Auth.IsUnlimited(user))
        {
            await RequireReadAsync(inspection.Keys.Count, () => CheckRead(user, inspection.Keys), context).ConfigureAwait(false);
        }

        return inspection with { Header = node.Header(node.Revision) };
    }

    /// <summary>Lists the leases that this member knows; on the leader those first that expire first.</summary>
    public async ValueTask<LeaseListing> ListAsync(LeaseLeasesRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.LeaseLeases, context).ConfigureAwait(false);
        bool isLimited = !node.Auth.IsUnlimited(user);
        LeaseQuery question = isLimited ? LeaseQuery.ListWithKeys : LeaseQuery.List;
        LeaseAnswer answer = await gate.AskAsync(question, default, context).ConfigureAwait(false);
        if (isLimited)
        {
            await RequireReadAsync(answer.AttachedKeys.Count, () => CheckRead(user, answer.AttachedKeys), context).ConfigureAwait(false);
        }

        return new LeaseListing(node.Header(node.Revision), answer.Leases);
    }

    /// <summary>Renews a lease for another member, which takes this one for the leader.</summary>
    /// <exception cref="EtcdException">This member does not lead, or there is no such lease.</exception>
    /// <exception cref="FormatException">The bytes are no request.</exception>
    internal async ValueTask<byte[]> RenewForPeerAsync(ReadOnlyMemory<byte> body, CancellationToken gone)
    {
        LeaseKeepAliveRequest request = Parse(LeaseKeepAliveRequest.Parser, body);
        LeaseAnswer answer = await gate.AskAsync(LeaseQuery.Renew, new LeaseId(request.ID), new CallContext(gone)).ConfigureAwait(false);
        return new LeaseKeepAliveResponse { ID = request.ID, TTL = answer.TtlSeconds }.ToByteArray();
    }

    /// <summary>Tells of a lease for another member, which takes this one for the leader.</summary>
    /// <exception cref="EtcdException">This member does not lead, or there is no such lease.</exception>
    /// <exception cref="FormatException">The bytes are no request.</exception>
    internal async ValueTask<byte[]> InspectForPeerAsync(ReadOnlyMemory<byte> body, CancellationToken gone)
    {
        LeaseTimeToLiveRequest request = Parse(LeaseInternalRequest.Parser, body).LeaseTimeToLiveRequest
            ?? throw new FormatException("an internal request without its content");
        LeaseInspection inspection = await InspectAsync(request, new CallContext(gone)).ConfigureAwait(false);
        return inspection.Count > ServiceLimits.KeysOnPool
            ? await answers.RunAsync(() => Wrap(inspection), gone).ConfigureAwait(false)
            : Wrap(inspection);
    }

    /// <summary>
    /// A LeaseInternalResponse. Its header is empty: etcd fills it in on the side that asked, and expects one to be there.
    /// </summary>
    private static byte[] Wrap(LeaseInspection inspection)
    {
        const byte inspectionTag = (1 << 3) | 2;
        AnswerSize.Check(inspection.CalculateSize());
        int size = (int)inspection.CalculateSize();
        byte[] wrapped = new byte[DirectEncoding.BytesSize(size)];
        Span<byte> rest = wrapped;
        DirectEncoding.WriteLength(ref rest, inspectionTag, size);
        inspection.WriteTo(rest);
        return wrapped;
    }

    /// <summary>Has a right looked for that many keys decide about, off the pool.</summary>
    private async ValueTask RequireReadAsync(int keys, Func<EtcdError?> check, CallContext context)
    {
        EtcdError? refusal = keys > ServiceLimits.KeysOnPool
            ? await answers.RunAsync(check, context.Cancellation).ConfigureAwait(false)
            : check();
        refusal.ThrowIfError();
    }

    private EtcdError? CheckRead(AuthIdentity user, IReadOnlyCollection<byte[]> keys)
    {
        AuthTable table = node.Auth;
        return keys.Select(key => table.CheckRead(user, key, [])).FirstOrDefault(static refusal => refusal is not null);
    }

    private EtcdError? CheckRead(AuthIdentity user, IReadOnlyList<AttachedKeys> leases)
    {
        AuthTable table = node.Auth;
        return leases.Select(keys => keys.FirstOrDefault(key => table.CheckRead(user, key, [])))
            .FirstOrDefault(static refusal => refusal is not null);
    }

    private static LeaseInspection Read(byte[] answer, long id) => LeaseInspection.Of(LeaseClient.ReadInspection(answer, id));

    private static T Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> body)
        where T : IMessage<T>
    {
        try
        {
            return parser.WithDiscardUnknownFields(true).ParseFrom(body.Span);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new FormatException(failure.Message, failure);
        }
    }

    /// <summary>Passes renewals on to the leader, no more at a time than it is asked at a time at all.</summary>
    private async Task RenewAtLeaderAsync(Renewal[] renewals, List<int> places, CallContext context)
    {
        int next = -1;
        async Task PassOnAsync()
        {
            for (int at = Interlocked.Increment(ref next); at < places.Count; at = Interlocked.Increment(ref next))
            {
                await RenewAtLeaderAsync(renewals, places[at], context).ConfigureAwait(false);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(places.Count, PeerLimits.LeaseQuestions)).Select(_ => PassOnAsync()))
            .ConfigureAwait(false);
    }

    private async Task RenewAtLeaderAsync(Renewal[] renewals, int at, CallContext context)
    {
        LeaseId id = renewals[at].Id;
        try
        {
            long ttlSeconds = await AtLeaderAsync(
                async call => (await gate.AskAsync(LeaseQuery.Renew, id, call).ConfigureAwait(false)).TtlSeconds,
                (member, stop) => leader.RenewAsync(member.PeerUrls, id, stop),
                context).ConfigureAwait(false);
            renewals[at] = new Renewal(id, ttlSeconds);
        }
        catch (EtcdException failure)
        {
            renewals[at] = new Renewal(id, 0, failure.Error == EtcdErrors.LeaseNotFound ? null : failure.Error);
        }
    }

    private async ValueTask<LeaseInspection> InspectAsync(LeaseTimeToLiveRequest request, CallContext context)
    {
        LeaseQuery question = request.Keys ? LeaseQuery.InspectWithKeys : LeaseQuery.Inspect;
        LeaseAnswer answer = await gate.AskAsync(question, new LeaseId(request.ID), context).ConfigureAwait(false);
        return new LeaseInspection(new LeaseId(request.ID), answer.TtlSeconds, answer.GrantedSeconds, answer.Keys);
    }

    /// <summary>
    /// Has the leader answer, be it this member or another one; until one does, or the time of a request is over. A member
    /// that has just become or ceased to be the leader says so, and is asked again.
    /// </summary>
    private async ValueTask<T> AtLeaderAsync<T>(
        Func<CallContext, ValueTask<T>> here, Func<EngineMember, CancellationToken, Task<T>> there, CallContext context)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        limit.CancelAfter(Math.Min(node.Options.RequestTimeoutMilliseconds, context.TimeoutMilliseconds));

        // A leader that stands still answers nothing, and another one is there after an election timeout: who waited for the old one
        // would lose the lease. What is asked twice does no harm.
        long patience = node.Options.ElectionMilliseconds;
        while (true)
        {
            try
            {
                if (node.IsLeader)
                {
                    return await here(context with { Cancellation = limit.Token }).ConfigureAwait(false);
                }

                if (node.Members.Find(node.Position.LeaderId) is { } member)
                {
                    TimeSpan wait = TimeSpan.FromMilliseconds(patience);
                    patience = Math.Min(2 * patience, node.Options.RequestTimeoutMilliseconds);
                    return await leader.InTurnAsync(stop => there(member, stop), wait, limit.Token).ConfigureAwait(false);
                }
            }
            catch (EtcdException failure) when (failure.Error == EtcdErrors.NotPrimaryLessor)
            {
                // Another leader may be known by now.
            }
            catch (EtcdException failure) when (failure.Error == EtcdErrors.DeadlineExceeded && limit.IsCancellationRequested)
            {
                throw TimedOut(context).ToException();
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                throw TimedOut(context).ToException();
            }

            try
            {
                await Task.Delay(RetryTime, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw TimedOut(context).ToException();
            }
        }
    }

    private EtcdError TimedOut(CallContext context)
    {
        // A caller that has gone hears nothing: one that hears this has waited to the end of its time.
        if (context.Cancellation.IsCancellationRequested)
        {
            return EtcdErrors.DeadlineExceeded;
        }

        return node.Position.LeaderId == 0 ? EtcdErrors.NoLeader : EtcdErrors.Timeout;
    }
}
