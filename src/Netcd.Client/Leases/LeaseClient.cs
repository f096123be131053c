using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Client.Leases;

/// <summary>Leases of a cluster.</summary>
internal sealed class LeaseClient : ILeases, IAsyncDisposable
{
    private const string Service = "etcdserverpb.Lease";

    private static readonly Method<LeaseGrantRequest, LeaseGrantResponse> Grant =
        Messages.Unary<LeaseGrantRequest, LeaseGrantResponse>(Service, "LeaseGrant", LeaseGrantResponse.Parser);

    private static readonly Method<LeaseRevokeRequest, LeaseRevokeResponse> Revoke =
        Messages.Unary<LeaseRevokeRequest, LeaseRevokeResponse>(Service, "LeaseRevoke", LeaseRevokeResponse.Parser);

    private static readonly Method<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> TimeToLive =
        Messages.Unary<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>(Service, "LeaseTimeToLive", LeaseTimeToLiveResponse.Parser);

    private static readonly Method<LeaseLeasesRequest, LeaseLeasesResponse> Leases =
        Messages.Unary<LeaseLeasesRequest, LeaseLeasesResponse>(Service, "LeaseLeases", LeaseLeasesResponse.Parser);

    private static readonly Method<LeaseKeepAliveRequest, LeaseKeepAliveResponse> KeepAlive =
        Messages.Duplex<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(Service, "LeaseKeepAlive", LeaseKeepAliveResponse.Parser);

    private readonly EtcdConnection connection;
    private readonly TimeProvider time;
    private readonly LeaseKeeper keeper;

    public LeaseClient(EtcdConnection connection, TimeProvider time)
    {
        this.connection = connection;
        this.time = time;
        keeper = new LeaseKeeper(connection, KeepAlive, RevokeAsync, time);
    }

    /// <inheritdoc/>
    public async Task<LeaseGrant> GrantAsync(TimeSpan timeToLive, long id = 0, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeToLive, TimeSpan.Zero);
        LeaseGrantRequest request = new() { TTL = (long)Math.Ceiling(timeToLive.TotalSeconds), ID = id };
        LeaseGrantResponse response = await connection.WriteAsync(Grant, request, null, cancel).ConfigureAwait(false);
        return new LeaseGrant(response.Header.ToHeader(), response.ID, TimeSpan.FromSeconds(response.TTL));
    }

    /// <inheritdoc/>
    public async Task<EtcdHeader> RevokeAsync(long id, CancellationToken cancel = default)
    {
        LeaseRevokeRequest request = new() { ID = id };
        LeaseRevokeResponse response = await connection.WriteAsync(Revoke, request, null, cancel).ConfigureAwait(false);
        return response.Header.ToHeader();
    }

    /// <inheritdoc/>
    public async Task<LeaseStatus> TimeToLiveAsync(long id, bool withKeys = false, CancellationToken cancel = default)
    {
        LeaseTimeToLiveRequest request = new() { ID = id, Keys = withKeys };
        LeaseTimeToLiveResponse response = await connection.ReadAsync(TimeToLive, request, null, cancel).ConfigureAwait(false);
        return new LeaseStatus(
            response.Header.ToHeader(),
            response.ID,
            response.TTL < 0 ? null : TimeSpan.FromSeconds(response.TTL),
            TimeSpan.FromSeconds(response.GrantedTTL),
            [.. response.Keys.Select(static key => key.Memory)]);
    }

    /// <inheritdoc/>
    public async Task<LeaseList> ListAsync(CancellationToken cancel = default)
    {
        LeaseLeasesResponse response = await connection.ReadAsync(Leases, new LeaseLeasesRequest(), null, cancel).ConfigureAwait(false);
        return new LeaseList(response.Header.ToHeader(), [.. response.Leases.Select(static lease => lease.ID)]);
    }

    /// <inheritdoc/>
    public async Task<LeaseGrant> KeepAliveOnceAsync(long id, CancellationToken cancel = default) =>
        (await RenewAsync(id, cancel).ConfigureAwait(false)).Grant;

    /// <inheritdoc/>
    public async Task<LeaseHandle> AcquireAsync(TimeSpan timeToLive, long id = 0, CancellationToken cancel = default)
    {
        long sentAt = time.GetTimestamp();
        return keeper.Add(await GrantAsync(timeToLive, id, cancel).ConfigureAwait(false), sentAt);
    }

    /// <inheritdoc/>
    public async Task<LeaseHandle> AttachAsync(long id, CancellationToken cancel = default)
    {
        (LeaseGrant grant, long sentAt) = await RenewAsync(id, cancel).ConfigureAwait(false);
        return keeper.Add(grant, sentAt);
    }

    public ValueTask DisposeAsync() => keeper.DisposeAsync();

    /// <summary>Renews a lease, at another member if one fails: it may be done twice without harm.</summary>
    private async Task<(LeaseGrant Grant, long SentAt)> RenewAsync(long id, CancellationToken cancel)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (connection.Options.CallTimeout != Timeout.InfiniteTimeSpan)
        {
            late.CancelAfter(connection.Options.CallTimeout);
        }

        for (int failures = 1; ; failures++)
        {
            long sentAt = time.GetTimestamp();
            try
            {
                return (await RenewOnceAsync(id, late.Token).ConfigureAwait(false), sentAt);
            }
            catch (EtcdUnavailableException) when (failures <= connection.Options.MaxRetries)
            {
                await Task.Delay(connection.PauseBefore(failures), late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new EtcdUnavailableException(EtcdStatusCode.DeadlineExceeded, "the lease was not renewed in time");
            }
        }
    }

    private async Task<LeaseGrant> RenewOnceAsync(long id, CancellationToken cancel)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using EtcdStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream =
            await connection.OpenStreamAsync(KeepAlive, requireLeader: true, over.Token).ConfigureAwait(false);
        await stream.WriteAsync(new LeaseKeepAliveRequest { ID = id }).ConfigureAwait(false);
        return await stream.ReadAsync().ConfigureAwait(false) switch
        {
            null => throw new EtcdUnavailableException(EtcdStatusCode.Unavailable, "the server has ended the stream"),
            { TTL: <= 0 } => throw new EtcdException((EtcdStatusCode)EtcdErrors.LeaseNotFound.Code, EtcdErrors.LeaseNotFound.Message),
            { } answer => new LeaseGrant(answer.Header.ToHeader(), answer.ID, TimeSpan.FromSeconds(answer.TTL)),
        };
    }
}
