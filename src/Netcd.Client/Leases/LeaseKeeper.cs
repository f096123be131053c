using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Leases;

/// <summary>What a handle needs of the one who renews it.</summary>
internal interface ILeaseKeeper
{
    /// <summary>Stops renewing it.</summary>
    void Remove(LeaseHandle handle);

    /// <summary>Revokes a lease that has so much time left; does nothing about a failure, for it ends by itself then.</summary>
    Task RevokeAsync(long id, TimeSpan left);
}

/// <summary>
/// Renews all leases of a client on one stream at a time, and says of each when it is lost. When the stream ends or stays without an answer
/// for too long, the next one is opened, and what is due is asked anew.
/// </summary>
internal sealed class LeaseKeeper : ILeaseKeeper, IAsyncDisposable
{
    /// <summary>An answer that takes longer is not waited for: another member may be well. Short leases have less time.</summary>
    private static readonly TimeSpan MostAnswerTime = TimeSpan.FromSeconds(5);

    private readonly EtcdConnection connection;
    private readonly Method<LeaseKeepAliveRequest, LeaseKeepAliveResponse> keepAlive;
    private readonly Func<long, CancellationToken, Task> revoke;
    private readonly TimeProvider time;
    private readonly object gate = new();
    private readonly Dictionary<long, KeptLease> kept = [];
    private readonly CancellationTokenSource stop = new();
    private readonly ITimer timer;
    private KeepAliveSession? session;
    private Task running = Task.CompletedTask;
    private bool isRunning;
    private bool isDisposed;

    public LeaseKeeper(
        EtcdConnection connection,
        Method<LeaseKeepAliveRequest, LeaseKeepAliveResponse> keepAlive,
        Func<long, CancellationToken, Task> revoke,
        TimeProvider time)
    {
        this.connection = connection;
        this.keepAlive = keepAlive;
        this.revoke = revoke;
        this.time = time;
        timer = time.CreateTimer(
            static keeper => ((LeaseKeeper)keeper!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Renews a lease from now on.</summary>
    /// <param name="grant">The lease.</param>
    /// <param name="sentAt">When it was asked for, as a timestamp.</param>
    public LeaseHandle Add(LeaseGrant grant, long sentAt)
    {
        LeaseHandle handle = new(this, time, grant, sentAt);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, typeof(EtcdClient));
            if (!kept.TryGetValue(grant.Id, out KeptLease? lease))
            {
                kept.Add(grant.Id, lease = new KeptLease(grant.Id));
            }

            lease.Handles.Add(handle);
            if (!isRunning)
            {
                isRunning = true;
                running = Task.Run(RunAsync);
            }

            Pace();
        }

        return handle;
    }

    /// <inheritdoc/>
    public void Remove(LeaseHandle handle)
    {
        lock (gate)
        {
            if (kept.TryGetValue(handle.Id, out KeptLease? lease) && lease.Handles.Remove(handle) && lease.Handles.Count == 0)
            {
                Forget(lease);
            }
        }
    }

    /// <inheritdoc/>
    public async Task RevokeAsync(long id, TimeSpan left)
    {
        using CancellationTokenSource late = new(left, time);
        try
        {
            await revoke(id, late.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is EtcdException or OperationCanceledException or ObjectDisposedException)
        {
            // It ends by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (isDisposed)
            {
                return;
            }

            isDisposed = true;
            foreach (KeptLease lease in kept.Values.ToArray())
            {
                Lose(lease);
            }
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        await timer.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        int failures = 0;
        while (BeginSession() is { } begun)
        {
            await ServeAsync(begun).ConfigureAwait(false);
            EndSession();
            failures = begun.IsAnswered ? 0 : failures;
            TimeSpan pause = connection.PauseBefore(++failures);
            await Task.Delay(pause, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private KeepAliveSession? BeginSession()
    {
        lock (gate)
        {
            if (isDisposed || kept.Count == 0)
            {
                isRunning = false;
                return null;
            }

            session = new KeepAliveSession();
            Pace();
            return session;
        }
    }

    private void EndSession()
    {
        lock (gate)
        {
            session = null;
            foreach (KeptLease lease in kept.Values)
            {
                lease.SentAt = null;
            }
        }
    }

    private async Task ServeAsync(KeepAliveSession current)
    {
        CallHeaders? headers = null;
        try
        {
            using EtcdStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream =
                await connection.OpenStreamAsync(keepAlive, requireLeader: true, current.Ended).ConfigureAwait(false);
            headers = stream.Headers;
            Task sending = SendAsync(current, stream);
            try
            {
                while (await stream.ReadAsync().ConfigureAwait(false) is { } response)
                {
                    lock (gate)
                    {
                        current.IsAnswered = true;
                        Handle(response);
                    }
                }
            }
            finally
            {
                Abort(current);
                await sending.ConfigureAwait(false);
            }
        }
        catch (EtcdException failure)
        {
            // The next stream may do better. Where none does, each lease is lost when its time is over.
            await RenewTokenAsync(failure, headers).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // By this side.
        }

        Abort(current);
        await current.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RenewTokenAsync(EtcdException failure, CallHeaders? headers)
    {
        if (headers is null || !StreamFailures.AsksForLogIn(failure))
        {
            return;
        }

        try
        {
            await connection.RenewTokenAsync(headers, stop.Token).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is EtcdException or OperationCanceledException)
        {
            // As above.
        }
    }

    private static async Task SendAsync(KeepAliveSession current, EtcdStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream)
    {
        try
        {
            await foreach (LeaseKeepAliveRequest request in current.Outgoing.ReadAllAsync(current.Ended).ConfigureAwait(false))
            {
                await stream.WriteAsync(request).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is EtcdException or OperationCanceledException)
        {
            // The reading side ends too.
        }
    }

    private void Abort(KeepAliveSession current)
    {
        lock (gate)
        {
            current.Abort();
        }
    }

    private void Handle(LeaseKeepAliveResponse response)
    {
        if (!kept.TryGetValue(response.ID, out KeptLease? lease) || lease.SentAt is not { } sentAt)
        {
            return;
        }

        lease.SentAt = null;
        if (response.TTL <= 0)
        {
            Lose(lease);
            return;
        }

        foreach (LeaseHandle handle in lease.Handles)
        {
            handle.Renewed(TimeSpan.FromSeconds(response.TTL), sentAt);
        }

        // The timer is set for the moment at which this answer would have been overdue, and the next renewal is due later.
    }

    private void OnTimer()
    {
        lock (gate)
        {
            Pace();
        }
    }

    /// <summary>Does what is due for each lease, and sets the timer for what is due next.</summary>
    private void Pace()
    {
        TimeSpan next = TimeSpan.MaxValue;
        foreach (KeptLease lease in kept.Values.ToArray())
        {
            TimeSpan wait = Pace(lease);
            next = wait < next ? wait : next;
        }

        if (!isDisposed)
        {
            timer.Change(next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : next, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Does what is due for a lease. Gives when something is due next.</summary>
    private TimeSpan Pace(KeptLease lease)
    {
        TimeSpan left = lease.Handles[0].TimeLeft;
        if (left <= TimeSpan.Zero)
        {
            Lose(lease);
            return TimeSpan.MaxValue;
        }

        if (session is null)
        {
            return left;
        }

        TimeSpan due = lease.Handles[0].UntilDue;
        TimeSpan answerTime = AnswerTimeOf(lease.Handles[0]);
        if (lease.SentAt is { } sentAt)
        {
            due = answerTime - time.GetElapsedTime(sentAt);
            if (due <= TimeSpan.Zero)
            {
                session.Abort();
                return left;
            }
        }
        else if (due <= TimeSpan.Zero)
        {
            lease.SentAt = time.GetTimestamp();
            session.Renew(lease.Id);
            due = answerTime;
        }

        return Rounded(due < left ? due : left);
    }

    private static TimeSpan AnswerTimeOf(LeaseHandle handle)
    {
        TimeSpan third = handle.TimeToLive / 3;
        return third < MostAnswerTime ? third : MostAnswerTime;
    }

    /// <summary>Timers have whole milliseconds: one that is set to less than one would go off before its time, and again.</summary>
    private static TimeSpan Rounded(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));

    private void Lose(KeptLease lease)
    {
        LeaseHandle[] handles = [.. lease.Handles];
        Forget(lease);
        foreach (LeaseHandle handle in handles)
        {
            // What was registered runs on the pool, not under the lock.
            _ = handle.LoseAsync();
        }
    }

    private void Forget(KeptLease lease)
    {
        kept.Remove(lease.Id);
        if (kept.Count == 0)
        {
            session?.Abort();
        }
    }
}
