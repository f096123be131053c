using Microsoft.Extensions.Diagnostics.HealthChecks;
using Netcd.Client;
using Netcd.Client.Maintenance;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Whether a cluster answers with a quorum, and without an alarm.</summary>
internal sealed class EtcdHealthCheck(EtcdClient client) : IHealthCheck
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The key that etcdctl reads to the same end. It need not exist.</summary>
    private const string Key = "health";

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Dictionary<string, object> seen = [];
        try
        {
            if (await AskedAsync(() => client.Keys.GetAsync(Key, null, cancellationToken)).ConfigureAwait(false) is { } read)
            {
                seen["revision"] = read.Header.Revision;
                seen["term"] = read.Header.RaftTerm;
            }

            AlarmList? alarms = await AskedAsync(() => client.Maintenance.AlarmsAsync(cancellationToken)).ConfigureAwait(false);
            return alarms is { Alarms.Count: > 0 } ? Alarmed(alarms, seen) : HealthCheckResult.Healthy("the cluster answers", seen);
        }
        catch (EtcdException failure)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, failure.Message, failure, seen);
        }
    }

    private static HealthCheckResult Alarmed(AlarmList alarms, Dictionary<string, object> seen)
    {
        seen["alarms"] = alarms.Alarms.Select(static alarm => $"{alarm.Kind} at {alarm.MemberId:x}").ToArray();
        return HealthCheckResult.Degraded("alarms are raised: " + string.Join(", ", (string[])seen["alarms"]), data: seen);
    }

    /// <summary>What was answered; null where this client may not ask, which a cluster without a quorum could not say.</summary>
    private static async Task<T?> AskedAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (EtcdException refused) when (refused.Code == EtcdStatusCode.PermissionDenied)
        {
            return null;
        }
    }
}
