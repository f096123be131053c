using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Starting;
using Netcd.Engine.Upkeep;
using Netcd.Server.Auth;
using Netcd.Server.Configuration;
using Netcd.Server.Flight;
using Netcd.Server.Monitoring;
using Netcd.Server.Security;
using Netcd.Storage.Disk;

namespace Netcd.Server.Hosting;

/// <summary>Parts of a server that its options decide on, and what has to hold of them before it starts.</summary>
internal static class ServerParts
{
    /// <summary>Wrong passwords that are further apart do not count together.</summary>
    private static readonly TimeSpan LockoutWindow = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LockoutMaxDelay = TimeSpan.FromMinutes(15);

    /// <summary>What all is measured with.</summary>
    public static MonotonicClock Clock() =>
        new(static () => Stopwatch.GetElapsedTime(0).Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>The disk, with a look at how long the log takes.</summary>
    public static MeteredDisk MeasuredDisk(ServerOptions options, DiskMetrics metrics, FlightRecorder flight, ILogger log)
    {
        string member = Path.Combine(options.Node.DataDirectory, "member");
        string wal = options.Node.WalDirectory ?? Path.Combine(member, "wal");
        return new MeteredDisk(new PhysicalDisk(options.Disk), wal, Path.Combine(member, "snap"), metrics, flight, log);
    }

    /// <summary>What the ports of metrics have for the operator.</summary>
    public static IReadOnlyDictionary<string, RequestDelegate> OperatorPages(FlightFiles flights, LogLevelSwitch? level, ILogger log)
    {
        Dictionary<string, RequestDelegate> pages = new(StringComparer.Ordinal)
        {
            [FlightPage.Path] = http => FlightPage.ServeAsync(http, flights),
        };
        if (level is not null)
        {
            pages.Add(LogLevelPage.Path, new LogLevelPage(level, log).ServeAsync);
        }

        return pages;
    }

    /// <summary>Ports of metrics that speak TLS need the certificate of those of clients.</summary>
    /// <exception cref="NodeStartException">There is none; in the words of etcd.</exception>
    public static void RequireCertificateForMetrics(ServerOptions options)
    {
        if (options.ListenMetricsUrls.Any(TlsEndpoint.IsSecure) && options.ClientTls is { HasCertificate: false, AutoTls: false })
        {
            throw new NodeStartException("client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url");
        }
    }

    /// <summary>The tokens that clients are given.</summary>
    /// <exception cref="NodeStartException">The option makes no sense, or a key cannot be read.</exception>
    public static ITokenProvider CreateTokens(ServerOptions options, ILogger log)
    {
        try
        {
            return TokenProviders.Create(TokenSpecification.Parse(options.AuthToken), options.AuthTokenTtl, TimeProvider.System, log);
        }
        catch (TokenOptionsException failure)
        {
            throw new NodeStartException(failure.Message, failure);
        }
    }

    /// <summary>The audit log; null where none is asked for.</summary>
    /// <exception cref="NodeStartException">It cannot be written to.</exception>
    public static AuditLog? OpenAudit(ServerOptions options, ILogger log)
    {
        try
        {
            return options.AuditLog.Length == 0 ? null : AuditLog.Open(options.AuditLog, TimeProvider.System, log);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException("cannot write the audit log: " + failure.Message, failure);
        }
    }

    /// <summary>What a newer program has written this one would not understand.</summary>
    /// <exception cref="NodeStartException">The cluster has a newer version.</exception>
    public static void RequireVersion(ClusterMembers cluster)
    {
        if (cluster.ClusterVersion is { } text && ClusterVersions.TryParse(text, out Version decided)
            && decided > Version.Parse(ServerIdentity.EtcdVersion))
        {
            throw new NodeStartException(
                "invalid downgrade; server version is lower than determined cluster version: "
                    + $"{ServerIdentity.EtcdVersion} is lower than {decided.ToString(2)}");
        }
    }

    /// <summary>The bound for guessing passwords; null where none is asked for.</summary>
    public static LoginLockout? LockoutOf(ServerOptions options) => options.LoginMaxFailures > 0
        ? new LoginLockout(
            new LoginLockoutOptions(options.LoginMaxFailures, LockoutWindow, options.LoginFirstDelay, LockoutMaxDelay), TimeProvider.System)
        : null;
}
