using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Leases;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Server.Running;
using Netcd.Server.Tracing;

namespace Netcd.Server.EngineAccess;

/// <summary>How handlers reach the engine: await a request's way through the log, or a confirmation of local state.</summary>
public sealed class EngineClient
{
    /// <summary>
    /// How often a request is asked for again that has met a change of users and roles on its way. While several clients do nothing but
    /// change them, nine tries of ten meet one: so many in a row end only what would wait for ever.
    /// </summary>
    private const int OldRevisionRetries = 200;

    private readonly CompletionQueue completions;
    private readonly CallerIdentities identities;

    internal EngineClient(EtcdNode node, CompletionQueue completions, CallerIdentities identities)
    {
        Node = node;
        this.completions = completions;
        this.identities = identities;
    }

    /// <summary>Carries outcomes off the engine's threads.</summary>
    internal CompletionQueue Completions => completions;

    /// <summary>The engine.</summary>
    public EtcdNode Node { get; }

    /// <summary>Traces calls; null where they are not traced.</summary>
    internal CallTracing? Tracing { get; init; }

    /// <summary>Sends a request through the log and awaits what applying it gave; the header of a response is filled in.</summary>
    /// <exception cref="EtcdException">It was refused, failed by rule, or timed out.</exception>
    public ValueTask<TResponse> ProposeAsync<TResponse>(InternalRaftRequest request, CallContext context)
        where TResponse : class => ProposeAsync<TResponse>(request, AuthIdentity.None, context);

    /// <summary>Sends a request through the log and awaits what applying it gave; the header of a response is filled in.</summary>
    /// <param name="request">The request.</param>
    /// <param name="user">Who makes it: what it may do is decided when it is applied.</param>
    /// <param name="context">The call.</param>
    /// <exception cref="EtcdException">It was refused, failed by rule, or timed out.</exception>
    public async ValueTask<TResponse> ProposeAsync<TResponse>(InternalRaftRequest request, AuthIdentity user, CallContext context)
        where TResponse : class
    {
        ApplyResult result = await ProposeOnceAsync(request, user, context).ConfigureAwait(false);
        for (int retries = OldRevisionRetries; retries > 0 && result.Error == EtcdErrors.AuthOldRevision; retries--)
        {
            // Users or roles were changed on the way. It was refused as a whole, so it may be asked for again by who that is now; a signed
            // token says of its user what was so when it was signed, and stays old.
            if (!TryIdentify(context.Caller, out AuthIdentity now) || now.User != user.User || now.Revision <= user.Revision)
            {
                break;
            }

            user = now;
            result = await ProposeOnceAsync(request, user, context).ConfigureAwait(false);
        }

        result.Error.ThrowIfError();

        // What applies an entry knows the revision alone: a member that only replays it answers nobody.
        if (result.Response is IResponse response)
        {
            Node.Complete(response.Header);
        }

        return (TResponse)(object)result.Response!;
    }

    /// <remarks>Hot path: where nobody traces the call or gives it up, nothing stands between the waiter and who awaits it.</remarks>
    private ValueTask<ApplyResult> ProposeOnceAsync(InternalRaftRequest request, AuthIdentity user, CallContext context)
    {
        ProposalWaiter waiter = new(request, completions)
        {
            TimeoutMilliseconds = context.TimeoutMilliseconds,
            Caller = user,
            Times = Tracing?.BeginRequest(),
        };
        if (Node.Proposals.Propose(waiter) is { } refusal)
        {
            throw refusal.ToException();
        }

        ValueTask<ApplyResult> outcome = OutcomeOf(waiter, context);
        return waiter.Times is null ? outcome : EndRequestAsync(outcome, waiter.Times);
    }

    private async ValueTask<ApplyResult> EndRequestAsync(ValueTask<ApplyResult> outcome, RequestTimes times)
    {
        ApplyResult result = await outcome.ConfigureAwait(false);
        Tracing!.EndRequest(times);
        return result;
    }

    /// <summary>Awaits that local state holds all that was acknowledged before the call.</summary>
    /// <exception cref="EtcdException">There was no leader in time.</exception>
    public ValueTask ConfirmReadAsync(CallContext context) =>
        Node.Reads.AreCurrent ? ValueTask.CompletedTask : AwaitConfirmationAsync(context);

    /// <summary>Awaits that all that is applied is in the backend's file.</summary>
    public async ValueTask ForceCommitAsync(CancellationToken cancellation)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Backend.ForceCommit(() => done.TrySetResult());
        await done.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private ValueTask AwaitConfirmationAsync(CallContext context)
    {
        ReadWaiter waiter = new(completions) { TimeoutMilliseconds = context.TimeoutMilliseconds };
        long began = Tracing?.BeginWait() ?? 0;
        Node.Reads.Confirm(waiter);
        ValueTask confirmed = AwaitAsync(waiter.Outcome, context);
        return began == 0 ? confirmed : EndWaitAsync(confirmed, began);
    }

    private async ValueTask EndWaitAsync(ValueTask confirmed, long began)
    {
        await confirmed.ConfigureAwait(false);
        Tracing!.EndWait("read_index", began);
    }

    /// <summary>Awaits that something is done, or that the caller waits no more.</summary>
    private static async ValueTask AwaitAsync(Outcome<EtcdError?> outcome, CallContext context)
    {
        EtcdError? error;
        using (context.Cancellation.UnsafeRegister(
            static state => ((Outcome<EtcdError?>)state!).Abandon(EtcdErrors.DeadlineExceeded), outcome))
        {
            error = await outcome.Task.ConfigureAwait(false);
        }

        if (error is not null)
        {
            throw error.ToException();
        }
    }

    /// <summary>Delivers outcomes that were set outside of the engine's rounds.</summary>
    internal void FlushCompletions() => completions.Flush();

    /// <summary>
    /// What holds for every call: one that requires a leader fails at once without, and a learner answers few kinds only, as
    /// it may be far behind.
    /// </summary>
    /// <exception cref="EtcdException">The call is refused.</exception>
    public void Admit(CallContext context, bool isForLearners = false)
    {
        if (Node.IsLearner && !isForLearners)
        {
            throw EtcdErrors.NotSupportedForLearner.ToException();
        }

        RequireLeader(context);
    }

    /// <summary>
    /// Over the quota the member raises the NOSPACE alarm, and the write is refused. On a full disk it is refused without an alarm, which
    /// would stay when there is room again.
    /// </summary>
    /// <exception cref="EtcdException">There is no room.</exception>
    public async ValueTask CheckQuotaAsync(long bytes, CallContext context)
    {
        if (HasRoom(bytes))
        {
            return;
        }

        if (Node.Backend.LacksRoom)
        {
            throw EtcdErrors.NoSpace.ToException();
        }

        AlarmRequest alarm = new()
        {
            MemberID = Node.MemberId,
            Action = AlarmRequest.Types.AlarmAction.Activate,
            Alarm = AlarmType.Nospace,
        };
        if (!Node.Alarms.IsRaised(AlarmType.Nospace))
        {
            await ProposeAsync<AlarmResponse>(new InternalRaftRequest { Alarm = alarm }, context).ConfigureAwait(false);
        }

        throw EtcdErrors.NoSpace.ToException();
    }

    /// <summary>Whether so many bytes may be added: there is room on the disk, and below the quota.</summary>
    public bool HasRoom(long bytes) => bytes == 0 || (!Node.Backend.LacksRoom && Node.Backend.FitsQuota(bytes));

    /// <summary>Asks this member's engine about leases.</summary>
    /// <exception cref="EtcdException">It does not lead, there is no such lease, or it took too long.</exception>
    public async ValueTask<LeaseAnswer> AskAsync(LeaseQuery question, LeaseId id, CallContext context)
    {
        LeaseWaiter waiter = new(question, id, completions) { TimeoutMilliseconds = context.TimeoutMilliseconds };
        Node.Leases.Ask(waiter);
        LeaseAnswer answer;
        using (context.Cancellation.UnsafeRegister(
            static state => ((LeaseWaiter)state!).Outcome.Abandon(new LeaseAnswer { Error = EtcdErrors.DeadlineExceeded }), waiter))
        {
            answer = await waiter.Outcome.Task.ConfigureAwait(false);
        }

        return answer.Error is null ? answer : throw answer.Error.ToException();
    }

    /// <summary>Has this member's engine renew leases, and awaits that each is replaced by its answer.</summary>
    /// <exception cref="EtcdException">The caller waits no more; the engine may still write into the array.</exception>
    public ValueTask RenewAsync(Renewal[] renewals, AuthIdentity user, CallContext context)
    {
        RenewalsWaiter waiter = new(renewals, completions) { TimeoutMilliseconds = context.TimeoutMilliseconds, Caller = user };
        Node.Leases.Renew(waiter);
        return AwaitAsync(waiter.Outcome, context);
    }

    /// <summary>Sends a change of the membership through the log and awaits that it is in effect.</summary>
    /// <exception cref="EtcdException">It was refused or timed out.</exception>
    public async ValueTask ChangeAsync(ConfChangeType type, MemberId memberId, MemberChange? carried, CallContext context)
    {
        ProposalWaiter waiter = new(new InternalRaftRequest(), completions) { TimeoutMilliseconds = context.TimeoutMilliseconds };
        if (Node.Proposals.ProposeChange(waiter, type, memberId, carried) is { } refusal)
        {
            throw refusal.ToException();
        }

        ApplyResult result = await OutcomeOf(waiter, context).ConfigureAwait(false);
        if (result.Error is not null)
        {
            throw result.Error.ToException();
        }
    }

    /// <summary>Asks for raft's view of all members.</summary>
    public async ValueTask<Status> QueryRaftAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<Status> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Peers.QueryRaft(status => answer.TrySetResult(status));
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private static ValueTask<ApplyResult> OutcomeOf(ProposalWaiter waiter, CallContext context) =>
        context.Cancellation.CanBeCanceled ? AwaitAsync(waiter, context.Cancellation) : waiter.Outcome.Task;

    private static async ValueTask<ApplyResult> AwaitAsync(ProposalWaiter waiter, CancellationToken cancellation)
    {
        using (cancellation.UnsafeRegister(
            static state => ((ProposalWaiter)state!).Outcome.Abandon(new ApplyResult(EtcdErrors.DeadlineExceeded)), waiter))
        {
            return await waiter.Outcome.Task.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Finds out whose call it is. Where the user alone decides whether it may be made, that is decided here (<see cref="Calls"/>); where
    /// keys do, the handler has to ask with the identity.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="context">Its context.</param>
    /// <exception cref="EtcdException">The call is refused.</exception>
    /// <remarks>Hot path: where nobody has to log in, it costs a look at a flag.</remarks>
    public ValueTask<AuthIdentity> AuthorizeAsync(Call call, CallContext context) =>
        Node.Auth.IsEnabled ? RequireUserAsync(call, context) : ValueTask.FromResult(AuthIdentity.None);

    /// <summary>
    /// The same for a call whose keys are judged when it is applied. What would be refused there is refused here, so that who has no right
    /// does not fill the log. This member may be behind: it counts only when it has caught up.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="check">Looks for the right; null where it is there.</param>
    /// <param name="request">What it looks at.</param>
    /// <param name="context">The call's context.</param>
    /// <exception cref="EtcdException">The call is refused.</exception>
    /// <remarks>Hot path, as the other one.</remarks>
    public ValueTask<AuthIdentity> AuthorizeAsync<TRequest>(
        Call call, Func<AuthTable, AuthIdentity, TRequest, EtcdError?> check, TRequest request, CallContext context) =>
        Node.Auth.IsEnabled ? RequireRightAsync(call, check, request, context) : ValueTask.FromResult(AuthIdentity.None);

    private async ValueTask<AuthIdentity> RequireRightAsync<TRequest>(
        Call call, Func<AuthTable, AuthIdentity, TRequest, EtcdError?> check, TRequest request, CallContext context)
    {
        AuthIdentity user = await RequireUserAsync(call, context).ConfigureAwait(false);
        if (check(Node.Auth, user, request) is null)
        {
            return user;
        }

        await ConfirmReadAsync(context).ConfigureAwait(false);
        user = await IdentifyAsync(context).ConfigureAwait(false);
        check(Node.Auth, user, request).ThrowIfError();
        return user;
    }

    /// <summary>Whose call it is, as far as this member knows now; false for a token that it does not know.</summary>
    public bool TryIdentify(in Caller caller, out AuthIdentity user) => identities.TryIdentify(Node.Auth, caller, out user);

    /// <summary>Who makes a call.</summary>
    /// <exception cref="EtcdException">Its token is unknown or over.</exception>
    public ValueTask<AuthIdentity> IdentifyAsync(CallContext context) =>
        TryIdentify(context.Caller, out AuthIdentity user) ? ValueTask.FromResult(user) : IdentifyLaterAsync(context);

    private async ValueTask<AuthIdentity> RequireUserAsync(Call call, CallContext context)
    {
        if (call.Access == Access.Anyone)
        {
            return AuthIdentity.None;
        }

        AuthIdentity user = await IdentifyAsync(context).ConfigureAwait(false);
        if (Check(Node.Auth, user, call) is { } refusal)
        {
            if (!call.IsDecidedAtApply)
            {
                throw refusal.ToException();
            }

            await ConfirmReadAsync(context).ConfigureAwait(false);
            user = await IdentifyAsync(context).ConfigureAwait(false);
            Check(Node.Auth, user, call).ThrowIfError();
        }

        return user;
    }

    /// <summary>Why a user may not make a call whatever it asks for, or null.</summary>
    private static EtcdError? Check(AuthTable table, AuthIdentity user, Call call) => call.Access switch
    {
        Access.Root => table.CheckRoot(user),
        Access.AnyUser or Access.RootToChange or Access.LeaseKeys or Access.LeaseReadKeys or Access.AllLeaseKeys => table.CheckUser(user),
        _ => null,
    };

    /// <summary>A token that another member has made just now is known when what is committed is applied here.</summary>
    private async ValueTask<AuthIdentity> IdentifyLaterAsync(CallContext context)
    {
        if (context.Caller.Token is { } token && CallerIdentities.MayComeYet(Node, token))
        {
            await ConfirmReadAsync(context).ConfigureAwait(false);
            if (TryIdentify(context.Caller, out AuthIdentity user))
            {
                return user;
            }
        }

        throw EtcdErrors.InvalidAuthToken.ToException();
    }

    private void RequireLeader(CallContext context)
    {
        if (context.RequiresLeader && Node.Position.LeaderId == 0)
        {
            throw EtcdErrors.NoLeader.ToException();
        }
    }
}
