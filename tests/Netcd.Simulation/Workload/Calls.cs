using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Simulation.Members;

namespace Netcd.Simulation.Workload;

/// <summary>Calls of clients to a member, as its server would put them to the engine.</summary>
internal static class Calls
{
    /// <summary>What the engine answers by rule: the request was applied, or looked at, and has changed nothing.</summary>
    private static readonly HashSet<EtcdError> ByRule =
    [
        EtcdErrors.Compacted, EtcdErrors.FutureRevision, EtcdErrors.KeyNotFound, EtcdErrors.NoSpace, EtcdErrors.Corrupt,
        EtcdErrors.LeaseNotFound,
        EtcdErrors.DuplicateKey, EtcdErrors.TooManyOperations, EtcdErrors.KeyNotProvided, EtcdErrors.LeaseExists,
        EtcdErrors.PermissionDenied, EtcdErrors.AuthOldRevision, EtcdErrors.UserNameEmpty, EtcdErrors.UserNotFound,
        EtcdErrors.UserAlreadyExists, EtcdErrors.RoleNotFound, EtcdErrors.RoleAlreadyExists, EtcdErrors.RoleNotGranted,
        EtcdErrors.PermissionNotGranted, EtcdErrors.InvalidAuthManagement, EtcdErrors.AuthNotEnabled, EtcdErrors.AuthenticationFailed,
        EtcdErrors.RootRoleNotExist, EtcdErrors.RootUserNotExist,
    ];

    /// <summary>Sends a request through the log.</summary>
    public static Task<Answer> ProposeAsync(
        SimulatedCluster cluster,
        SimulatedMember member,
        InternalRaftRequest request,
        long timeout,
        Action<PendingRequest>? proposed = null,
        AuthIdentity? caller = null)
    {
        if (!member.IsUp)
        {
            return Task.FromResult(Answer.NotReached);
        }

        Waiter waiter = new(cluster.Time);
        waiter.LimitTo(member, timeout, cluster.Profile.IsOnlySlow);
        Proposal proposal = new(request, waiter) { TimeoutMilliseconds = TimeoutOf(cluster, timeout) };
        proposed?.Invoke(proposal);
        Arrive(cluster, member, waiter, node =>
        {
            proposal.Caller = caller ?? RootOf(node);
            return node.Proposals.Propose(proposal);
        });
        return waiter.Task;
    }

    /// <summary>Who may do everything, where somebody has to say who it is.</summary>
    public static AuthIdentity RootOf(EtcdNode node) =>
        node.Auth.IsEnabled ? new AuthIdentity(AuthIdentity.Root, node.Auth.Revision) : AuthIdentity.None;

    /// <summary>Sends a change of the membership through the log.</summary>
    public static Task<Answer> ChangeAsync(
        SimulatedCluster cluster, SimulatedMember member, ConfChangeType type, ulong id, MemberChange? carried, long timeout)
    {
        if (!member.IsUp)
        {
            return Task.FromResult(Answer.NotReached);
        }

        Waiter waiter = new(cluster.Time);
        waiter.LimitTo(member, timeout);
        Proposal proposal = new(new InternalRaftRequest(), waiter);
        Arrive(cluster, member, waiter, node => node.Proposals.ProposeChange(proposal, type, new MemberId(id), carried));
        return waiter.Task;
    }

    /// <summary>Reads local state, after it was confirmed as current where that is asked for.</summary>
    public static Task<Answer> ReadAsync(
        SimulatedCluster cluster, SimulatedMember member, Func<ReadHandle, ApplyResult> read, bool isLinearizable, long timeout)
    {
        if (!member.IsUp)
        {
            return Task.FromResult(Answer.NotReached);
        }

        Waiter waiter = new(cluster.Time);
        waiter.LimitTo(member, timeout, cluster.Profile.IsOnlySlow);
        int life = member.Life;
        Arrive(cluster, member, waiter, node =>
        {
            if (!isLinearizable || node.Reads.AreCurrent)
            {
                waiter.Answer(Read(node, read));
                return null;
            }

            node.Reads.Confirm(new Confirmation(error =>
            {
                if (error is not null)
                {
                    waiter.Answer(new Answer(AnswerKind.Refused, Error: error));
                    return;
                }

                // A pool thread reads a little later than the engine has confirmed.
                cluster.Time.After(
                    cluster.Random.Between(0, 300),
                    () => WhenRunning(cluster, member, life, present => waiter.Answer(Read(present, read))));
            })
            {
                TimeoutMilliseconds = TimeoutOf(cluster, timeout),
            });
            return null;
        });
        return waiter.Task;
    }

    /// <summary>Where waits are held to their time the engine is told of it; else it is the client that gives up.</summary>
    private static int TimeoutOf(SimulatedCluster cluster, long timeout) =>
        cluster.Profile.IsOnlySlow ? (int)(timeout / Scheduling.VirtualTime.Millisecond) : int.MaxValue;

    private static void Arrive(SimulatedCluster cluster, SimulatedMember member, Waiter waiter, Func<EtcdNode, EtcdError?> call)
    {
        int life = member.Life;
        cluster.Time.After(cluster.Random.Between(50, 500), () => WhenRunning(cluster, member, life, node =>
        {
            if (call(node) is { } refusal)
            {
                waiter.Answer(new Answer(AnswerKind.Refused, Error: refusal));
            }
        }));
    }

    private static void WhenRunning(SimulatedCluster cluster, SimulatedMember member, int life, Action<EtcdNode> action)
    {
        if (member.Life == life && member.IsPaused)
        {
            member.WhenResumed(() => WhenRunning(cluster, member, life, action));
            return;
        }

        member.WhileIn(life, action);
    }

    private static Answer Read(EtcdNode node, Func<ReadHandle, ApplyResult> read)
    {
        using ReadHandle handle = node.Reads.Acquire();
        return AnswerOf(read(handle));
    }

    private static Answer AnswerOf(ApplyResult result) => result.Error switch
    {
        null => new Answer(AnswerKind.Done, result.Response),
        { } rule when ByRule.Contains(rule) => new Answer(AnswerKind.Refused, Error: rule),
        { } error => new Answer(AnswerKind.Unknown, Error: error),
    };

    private sealed class Proposal(InternalRaftRequest request, Waiter waiter) : PendingRequest(request)
    {
        private bool isComplete;

        protected internal override void Complete(ApplyResult result)
        {
            if (isComplete)
            {
                throw new InvalidOperationException("a request was answered twice");
            }

            isComplete = true;
            Answer answer = AnswerOf(result);
            waiter.Answer(answer.Kind == AnswerKind.Unknown ? answer : answer with { AppliedId = Id });
        }
    }

    private sealed class Confirmation(Action<EtcdError?> done) : PendingRead
    {
        protected internal override void Complete(EtcdError? error) => done(error);
    }
}
