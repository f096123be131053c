using System.Globalization;
using Netcd.Engine.Auth;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Server.EngineAccess;
using EngineMember = Netcd.Engine.Membership.Member;
using Member = Netcd.Protocol.V3.Member;

namespace Netcd.Server.Services;

/// <summary>The Cluster service, whatever transport calls it.</summary>
/// <param name="gate">The engine.</param>
/// <param name="promoteAtLeader">Passes a promotion on to the leader, which alone knows how far a learner has come.</param>
/// <param name="isStrict">Whether changes that endanger the quorum are refused.</param>
/// <param name="time">The wall clock, part of the ids of new members.</param>
public sealed class ClusterHandlers(
    EngineClient gate, Func<EngineMember, ulong, CancellationToken, Task> promoteAtLeader, bool isStrict, TimeProvider time)
{
    /// <summary>Of the leader's log a learner must have so much to get a vote.</summary>
    private const double ReadyShare = 0.9;

    private readonly EtcdNode node = gate.Node;

    /// <summary>Lists the members; the header of the Cluster service carries no revision.</summary>
    public async ValueTask<MemberListResponse> MemberListAsync(MemberListRequest request, CallContext context)
    {
        gate.Admit(context);
        if (request.Linearizable)
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        await gate.AuthorizeAsync(Calls.MemberList, context).ConfigureAwait(false);
        MemberListResponse response = new() { Header = node.Header(revision: 0) };
        response.Members.AddRange(Members());
        return response;
    }

    /// <summary>Makes room for a member; it is started afterwards.</summary>
    /// <exception cref="EtcdException">The URLs are wrong or taken, or the quorum would be in danger.</exception>
    public async ValueTask<MemberAddResponse> MemberAddAsync(MemberAddRequest request, CallContext context)
    {
        gate.Admit(context);
        IReadOnlyList<string> urls = TryParseUrls(request.PeerURLs) ?? throw EtcdErrors.MemberBadUrls.ToException();
        await gate.AuthorizeAsync(Calls.MemberAdd, context).ConfigureAwait(false);
        string now = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        EngineMember added = new(EngineMember.IdOf(urls, now), "", urls, [], request.IsLearner);
        if (isStrict)
        {
            Checks().CheckAddition(node.Members, request.IsLearner).ThrowIfError();
        }

        ConfChangeType type = request.IsLearner ? ConfChangeType.AddLearnerNode : ConfChangeType.AddNode;
        await gate.ChangeAsync(type, new MemberId(added.Id), new MemberChange(added, IsPromotion: false), context).ConfigureAwait(false);
        MemberAddResponse response = new() { Header = node.Header(revision: 0), Member = ToMessage(added) };
        response.Members.AddRange(Members());
        return response;
    }

    /// <summary>Removes a member for good.</summary>
    /// <exception cref="EtcdException">There is none, or the quorum would be in danger.</exception>
    public async ValueTask<MemberRemoveResponse> MemberRemoveAsync(MemberRemoveRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.MemberRemove, context).ConfigureAwait(false);
        if (isStrict)
        {
            Checks().CheckRemoval(node.Members, request.ID).ThrowIfError();
        }

        await gate.ChangeAsync(ConfChangeType.RemoveNode, new MemberId(request.ID), null, context).ConfigureAwait(false);
        MemberRemoveResponse response = new() { Header = node.Header(revision: 0) };
        response.Members.AddRange(Members());
        return response;
    }

    /// <summary>Changes where a member is reached by the others.</summary>
    /// <exception cref="EtcdException">There is none, or the URLs are wrong or taken.</exception>
    /// <remarks>etcd does not look at the URLs and ends over them, but says first that there is no such member.</remarks>
    public async ValueTask<MemberUpdateResponse> MemberUpdateAsync(MemberUpdateRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.MemberUpdate, context).ConfigureAwait(false);
        IReadOnlyList<string> urls = TryParseUrls(request.PeerURLs)
            ?? throw (node.Members.Find(request.ID) is null ? EtcdErrors.MemberNotFound : EtcdErrors.MemberBadUrls).ToException();
        EngineMember updated = new(request.ID, "", urls, [], IsLearner: false);
        await gate.ChangeAsync(ConfChangeType.UpdateNode, new MemberId(request.ID), new MemberChange(updated, IsPromotion: false), context)
            .ConfigureAwait(false);
        MemberUpdateResponse response = new() { Header = node.Header(revision: 0) };
        response.Members.AddRange(Members());
        return response;
    }

    /// <summary>Gives a learner a vote, if it has come far enough.</summary>
    /// <exception cref="EtcdException">There is none, it is none, or it is too far behind.</exception>
    public async ValueTask<MemberPromoteResponse> MemberPromoteAsync(MemberPromoteRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.AuthorizeAsync(Calls.MemberPromote, context).ConfigureAwait(false);
        LeaderSearch search = new(
            () => node.Members.Find(node.Position.LeaderId), node.MemberId, TimeSpan.FromMilliseconds(node.Options.HeartbeatMilliseconds));
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        limit.CancelAfter(node.Options.RequestTimeoutMilliseconds);
        try
        {
            await search.RunAsync(
                _ => PromoteAsync(new MemberId(request.ID), context),
                (leader, cancellation) => ForwardPromotionAsync(leader, request.ID, context, cancellation),
                limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.Cancellation.IsCancellationRequested)
        {
            throw (node.Position.LeaderId == 0 ? EtcdErrors.NoLeader : EtcdErrors.Timeout).ToException();
        }

        MemberPromoteResponse response = new() { Header = node.Header(revision: 0) };
        response.Members.AddRange(Members());
        return response;
    }

    /// <summary>Gives a learner a vote; this member must lead.</summary>
    /// <exception cref="EtcdException">It does not lead, or the learner is not ready.</exception>
    public async ValueTask PromoteAsync(MemberId id, CallContext context)
    {
        try
        {
            await PromoteAsLeaderAsync(id, context).ConfigureAwait(false);
            node.Metrics.Promotions.Increment();
        }
        catch (EtcdException failure) when (failure.Error != EtcdErrors.NotLeader)
        {
            node.Metrics.FailedPromotions.Of(failure.Error.Message).Increment();
            throw;
        }
    }

    private async ValueTask PromoteAsLeaderAsync(MemberId id, CallContext context)
    {
        Status raft = await gate.QueryRaftAsync(context.Cancellation).ConfigureAwait(false);
        if (!raft.Progress.TryGetValue(node.MemberId, out ProgressStatus? leader))
        {
            throw EtcdErrors.NotLeader.ToException();
        }

        if (!raft.Progress.TryGetValue(id, out ProgressStatus? learner) || node.Members.Find(id) is not { } member)
        {
            throw EtcdErrors.MemberNotFound.ToException();
        }

        if (learner.Match < leader.Match * ReadyShare)
        {
            throw EtcdErrors.LearnerNotReady.ToException();
        }

        if (isStrict)
        {
            ReconfigurationChecks.CheckPromotion(node.Members).ThrowIfError();
        }

        MemberChange promotion = new(member with { IsLearner = false }, IsPromotion: true);
        await gate.ChangeAsync(ConfChangeType.AddNode, id, promotion, context).ConfigureAwait(false);
    }

    private static IReadOnlyList<string>? TryParseUrls(IReadOnlyList<string> texts)
    {
        string? fault = MemberUrl.TryParseList(string.Join(',', texts), out IReadOnlyList<MemberUrl> urls);
        return fault is null && urls.Count > 0 ? [.. urls.Select(url => url.Text)] : null;
    }

    private static Member ToMessage(EngineMember member)
    {
        Member message = new() { ID = member.Id, Name = member.Name, IsLearner = member.IsLearner };
        message.PeerURLs.AddRange(member.PeerUrls);
        message.ClientURLs.AddRange(member.ClientUrls);
        return message;
    }

    private async ValueTask ForwardPromotionAsync(EngineMember leader, ulong id, CallContext context, CancellationToken cancellation)
    {
        await promoteAtLeader(leader, id, cancellation).ConfigureAwait(false);

        // What the leader has done shall be seen in this member's answer.
        await gate.ConfirmReadAsync(context).ConfigureAwait(false);
    }

    private ReconfigurationChecks Checks() => new(node.MemberId, node.Peers);

    private IEnumerable<Member> Members() => node.Members.Members.Select(ToMessage);
}
