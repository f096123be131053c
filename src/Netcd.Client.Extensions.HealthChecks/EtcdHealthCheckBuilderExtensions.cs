using Microsoft.Extensions.Diagnostics.HealthChecks;
using Netcd.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a health check of a cluster of etcd or netcd.</summary>
public static class EtcdHealthCheckBuilderExtensions
{
    /// <summary>
    /// Checks what <c>etcdctl endpoint health</c> checks: whether a linearizable read is answered, for which a quorum has to agree
    /// (unhealthy where it is not, or <paramref name="failureStatus"/>), and whether an alarm is raised (degraded: reads are served, writes
    /// may be refused). A client without the right to read, or to ask for alarms, is no fault of the cluster.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="clientKey">The key of the client, where it was registered with one; null for the one without.</param>
    /// <param name="failureStatus">What to report where the cluster does not answer; null for unhealthy.</param>
    /// <param name="tags">Tags, by which checks may be chosen.</param>
    /// <param name="timeout">How long the check may take; null for five seconds.</param>
    public static IHealthChecksBuilder AddEtcd(
        this IHealthChecksBuilder builder,
        string name = "etcd",
        object? clientKey = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null) =>
        builder.AddEtcd(
            provider => clientKey is null
                ? provider.GetRequiredService<EtcdClient>()
                : provider.GetRequiredKeyedService<EtcdClient>(clientKey),
            name,
            failureStatus,
            tags,
            timeout);

    /// <summary>Checks a cluster as the other overload does, by the client that a function gives.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="client">Gives the client, which is not disposed.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What to report where the cluster does not answer; null for unhealthy.</param>
    /// <param name="tags">Tags, by which checks may be chosen.</param>
    /// <param name="timeout">How long the check may take; null for five seconds.</param>
    public static IHealthChecksBuilder AddEtcd(
        this IHealthChecksBuilder builder,
        Func<IServiceProvider, EtcdClient> client,
        string name = "etcd",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(client);
        return builder.Add(new HealthCheckRegistration(
            name, provider => new EtcdHealthCheck(client(provider)), failureStatus, tags, timeout ?? EtcdHealthCheck.DefaultTimeout));
    }
}
