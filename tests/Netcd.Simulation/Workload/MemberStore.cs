using Google.Protobuf;
using Netcd.Coordination;
using Netcd.Engine.Apply;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Watching;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>
/// A member's store as a call to its Lock or Election service sees it. What runs on it is a part of the member's process: it stands
/// still with it, and where the process ends it goes no further, not even to clear up.
/// </summary>
internal sealed class MemberStore(SimulatedCluster cluster, SimulatedMember member, SimulationRandom random, CancellationToken callerGone)
    : ICoordinationStore
{
    private const long Patience = 10 * VirtualTime.Second;

    private readonly int life = member.Life;
    private MemberStore? lasting;
    private bool hasFailed;

    public ICoordinationStore WithoutCaller => lasting ??= new MemberStore(cluster, member, random, CancellationToken.None);

    /// <summary>Whether anything was asked for that has failed, or may have.</summary>
    public bool HasFailed => hasFailed || lasting is { HasFailed: true };

    /// <summary>The lease that was granted for the call, 0 where none was.</summary>
    public long Granted { get; private set; }

    public void ThrowIfCallerHasGone() => callerGone.ThrowIfCancellationRequested();

    public ValueTask<TxnResponse> TxnAsync(TxnRequest request) => ProposeAsync<TxnResponse>(new InternalRaftRequest { Txn = request });

    public ValueTask<DeleteRangeResponse> DeleteRangeAsync(DeleteRangeRequest request) =>
        ProposeAsync<DeleteRangeResponse>(new InternalRaftRequest { DeleteRange = request });

    public ValueTask<LeaseRevokeResponse> RevokeAsync(LeaseRevokeRequest request) =>
        ProposeAsync<LeaseRevokeResponse>(new InternalRaftRequest { LeaseRevoke = request });

    public async ValueTask<LeaseGrantResponse> GrantAsync(LeaseGrantRequest request)
    {
        LeaseGrantRequest named = new() { TTL = request.TTL, ID = member.Node!.Leases.NewId() };
        LeaseGrantResponse response = await ProposeAsync<LeaseGrantResponse>(new InternalRaftRequest { LeaseGrant = named });
        Granted = response.ID;
        return response;
    }

    public async ValueTask<RangeResponse> RangeAsync(RangeRequest request)
    {
        RangeResponse response = await AwaitAsync<RangeResponse>(
            Calls.ReadAsync(cluster, member, lease => Read(lease, request), true, Patience));
        cluster.Checkers.Model.CheckRead(request, response);
        return response;
    }

    public async ValueTask AwaitChangeAsync(WatchCreateRequest watch)
    {
        SimulatedWatchStream stream = new(member.Node!);
        stream.Request(new WatchRequest { CreateRequest = watch }, WatchCaller.None);
        bool isOver = false;
        while (!isOver)
        {
            await cluster.Time.Delay(random.Exponential(20 * VirtualTime.Millisecond));
            await RunningAsync();
            isOver = callerGone.IsCancellationRequested
                || stream.Read().Exists(static response => response.Events.Count > 0 || response.Canceled);
        }

        stream.Close();
        callerGone.ThrowIfCancellationRequested();
    }

    private ValueTask<T> ProposeAsync<T>(InternalRaftRequest request)
        where T : class, IMessage => AwaitAsync<T>(Calls.ProposeAsync(cluster, member, request, Patience));

    /// <summary>Awaits an answer, or that the caller goes.</summary>
    private async ValueTask<T> AwaitAsync<T>(Task<Answer> asked)
        where T : class, IMessage
    {
        TaskCompletionSource<Answer?> first = new();
        _ = ForwardAsync(asked, first);
        Answer? answer;
        using (callerGone.UnsafeRegister(static first => ((TaskCompletionSource<Answer?>)first!).TrySetResult(null), first))
        {
            answer = await first.Task;
        }

        if (random.Percent(25))
        {
            // The machine has something else to do before the call goes on: the store changes behind what it has read.
            await cluster.Time.Delay(random.Exponential(random.Pick([2L, 2, 10, 300]) * VirtualTime.Millisecond));
        }

        await RunningAsync();
        if (answer is null)
        {
            throw EtcdErrors.DeadlineExceeded.ToException();
        }

        // What was applied and has changed nothing is no failure: it tells that there was nothing to change.
        hasFailed |= answer.Kind != AnswerKind.Done && answer.AppliedId == 0;
        return answer.Kind == AnswerKind.Done ? (T)answer.Response! : throw (answer.Error ?? EtcdErrors.Timeout).ToException();
    }

    private static async Task ForwardAsync(Task<Answer> asked, TaskCompletionSource<Answer?> first) => first.TrySetResult(await asked);

    /// <summary>Goes on at once where the process runs, when it does where it stands still, and never where it has ended.</summary>
    private Task RunningAsync()
    {
        if (member.Life == life && !member.IsPaused)
        {
            return Task.CompletedTask;
        }

        TaskCompletionSource running = new();
        if (member.Life == life)
        {
            member.WhenResumed(running.SetResult);
        }

        return running.Task;
    }

    private static ApplyResult Read(ReadHandle handle, RangeRequest request)
    {
        RangeResult result = handle.Range(request);
        return result.Error is null ? new ApplyResult(result.ToMessage()) : new ApplyResult(result.Error);
    }
}
