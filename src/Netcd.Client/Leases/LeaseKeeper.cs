using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Client.Telemetry;
using Netcd.Protocol.V3;

namespace Netcd.Client.Leases;

/// <summary>
/// Renews all leases of a client on one stream at a time, and says of each when it is lost. When the stream ends or stays without an answer
/// for too long, the next one is opened, and what is due is asked anew.
/// </summary>
internal sealed class LeaseKeeper : ILeaseKeeper, IAsyncDisposable
{
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
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (!kept.TryGetValue(grant.Id, out KeptLease? lease))
            {
                kept.Add(grant.Id, lease = new KeptLease(grant.Id));
                ClientTelemetry.LeaseKept();
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
            EndSession(await ServeAsync(begun).ConfigureAwait(false));
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

    private void EndSession(EtcdException? failure)
    {
        lock (gate)
        {
            session = null;
            if (kept.Count > 0)
            {
                connection.StreamLost(keepAlive.Name, failure);
            }

            foreach (KeptLease lease in kept.Values)
            {
                lease.SentAt = null;
            }
        }
    }

    /// <summary>Renews until the stream ends. Gives why it did, where somebody knows.</summary>
    private async Task<EtcdException?> ServeAsync(KeepAliveSession current)
    {
        // Whatever ends it, the next stream may do better. Where none does, each lease is lost when its time is over.
        EtcdException? failure = null;
        StreamRun<LeaseKeepAliveRequest, LeaseKeepAliveResponse> run = new(connection, keepAlive, requireLeader: true, stop.Token);
        try
        {
            failure = await run.RunAsync(current.Outgoing, Take, End, current.Ended).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Not even what nobody foresaw may keep the other leases from being renewed.
        }

        End();
        await current.DisposeAsync().ConfigureAwait(false);
        return failure;

        ValueTask Take(LeaseKeepAliveResponse response)
        {
            lock (gate)
            {
                current.IsAnswered = true;
                Handle(response);
            }

            return ValueTask.CompletedTask;
        }

        EtcdException? End()
        {
            lock (gate)
            {
                current.Abort();
                return null;
            }
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
            Lose(lease, "the server says that it has ended");
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
            TimeSpan left = lease.TimeLeft;
            if (left <= TimeSpan.Zero)
            {
                Lose(lease, "it could not be renewed in time");
                continue;
            }

            TimeSpan wait = session is null ? left : lease.Pace(session, time);
            next = wait < next ? wait : next;
        }

        if (!isDisposed)
        {
            timer.Change(next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : Rounded(next), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Timers have whole milliseconds: one that is set to less than one would go off before its time, and again.</summary>
    private static TimeSpan Rounded(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));

    private void Lose(KeptLease lease, string reason)
    {
        connection.LeaseLost(lease.Id, reason);
        Lose(lease);
    }

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
        ClientTelemetry.LeaseForgotten();
        if (kept.Count == 0)
        {
            session?.Abort();
        }
    }
}
