using System.Diagnostics;
using Netcd.Client;
using Netcd.Client.Cluster;
using Netcd.Client.Keys;
using Netcd.Client.Maintenance;

namespace Netcd.Tools.Ctl.Live;

/// <summary>Asks all members how they are, again and again.</summary>
internal sealed class ClusterView : IAsyncDisposable
{
    private readonly EtcdClient cluster;
    private readonly TimeSpan patience;
    private readonly (string Endpoint, EtcdClient Client)[] members;
    private Dictionary<string, MemberSample> before = [];
    private Dictionary<ulong, string> names = [];

    /// <param name="cluster">A client of the cluster, for what any member knows.</param>
    /// <param name="endpoints">The members.</param>
    /// <param name="connect">Makes a client of one member.</param>
    /// <param name="patience">How long an answer may take.</param>
    public ClusterView(EtcdClient cluster, IReadOnlyList<string> endpoints, Func<string, EtcdClient> connect, TimeSpan patience)
    {
        this.cluster = cluster;
        this.patience = patience;
        members = [.. endpoints.Select(endpoint => (endpoint, connect(endpoint)))];
    }

    /// <summary>How all of them are now.</summary>
    public async Task<IReadOnlyList<MemberRow>> LookAsync(CancellationToken cancel)
    {
        Task<MemberSample>[] asked = [.. members.Select(member => AskAsync(member.Endpoint, member.Client, cancel))];
        Task<MemberList?> list = TryAsync(limit => cluster.Cluster.MembersAsync(linearizable: false, limit), cancel);
        Task<AlarmList?> raised = TryAsync(cluster.Maintenance.AlarmsAsync, cancel);
        MemberSample[] samples = await Task.WhenAll(asked).ConfigureAwait(false);
        if (await list.ConfigureAwait(false) is { } known)
        {
            names = known.Members.ToDictionary(static member => member.Id, static member => member.Name);
        }

        IReadOnlyList<Alarm> alarms = (await raised.ConfigureAwait(false))?.Alarms ?? [];
        MemberRow[] rows = [.. samples.Select(sample => RowOf(sample, alarms))];
        before = samples.DistinctBy(static sample => sample.Endpoint).ToDictionary(static sample => sample.Endpoint);
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((_, EtcdClient client) in members)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private MemberRow RowOf(MemberSample sample, IReadOnlyList<Alarm> alarms)
    {
        if (sample.Status is not { } now)
        {
            return new MemberRow(sample, "", [], null, null);
        }

        ulong id = now.Header.MemberId;
        MemberSample? earlier = before.GetValueOrDefault(sample.Endpoint);
        MemberStatus? then = earlier?.Status is { } status && status.Header.MemberId == id ? status : null;
        double seconds = earlier is null ? 0 : Stopwatch.GetElapsedTime(earlier.Taken, sample.Taken).TotalSeconds;
        return new MemberRow(
            sample,
            names.GetValueOrDefault(id, ""),
            [.. alarms.Where(alarm => alarm.MemberId == id).Select(static alarm => alarm.Kind.ToString().ToUpperInvariant())],
            Rate(then?.Header.Revision, now.Header.Revision, seconds),
            Rate((long?)then?.RaftIndex, (long)now.RaftIndex, seconds));
    }

    /// <summary>What was gained in a second; null where it was lost: then it is another member, or a restored one.</summary>
    private static double? Rate(long? then, long now, double seconds) =>
        then is { } from && seconds > 0 && now >= from ? (now - from) / seconds : null;

    private async Task<MemberSample> AskAsync(string endpoint, EtcdClient client, CancellationToken cancel)
    {
        Task<(TimeSpan?, string)> probe = ProbeAsync(client, cancel);
        MemberStatus? status = null;
        string error = "";
        try
        {
            status = await WithinAsync(limit => client.Maintenance.StatusAsync(endpoint, limit), cancel).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            error = failure.Message;
        }

        long taken = Stopwatch.GetTimestamp();
        (TimeSpan? latency, string refusal) = await probe.ConfigureAwait(false);
        return new MemberSample(endpoint, taken, status, latency, status is null ? error : refusal);
    }

    /// <summary>A read that the cluster has to agree on, of any key: whoever may not read it has been answered too.</summary>
    private async Task<(TimeSpan? Latency, string Error)> ProbeAsync(EtcdClient client, CancellationToken cancel)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            GetOptions options = new() { KeysOnly = true };
            _ = await WithinAsync(limit => client.Keys.GetAsync("health", options, limit), cancel).ConfigureAwait(false);
        }
        catch (EtcdException failure) when (failure.Code != EtcdStatusCode.PermissionDenied)
        {
            return (null, failure.Message);
        }
        catch (EtcdException)
        {
            // See above.
        }

        return (Stopwatch.GetElapsedTime(began), "");
    }

    private async Task<T?> TryAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel)
        where T : class
    {
        try
        {
            return await WithinAsync(call, cancel).ConfigureAwait(false);
        }
        catch (EtcdException)
        {
            return null;
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        try
        {
            return await call(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new EtcdException(EtcdStatusCode.DeadlineExceeded, $"no answer within {patience.TotalSeconds:0.#} s");
        }
    }
}
