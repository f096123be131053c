using Microsoft.Extensions.Logging;

namespace Netcd.Client;

/// <summary>How to reach a cluster. Simple types alone, so that it binds from configuration.</summary>
public sealed record EtcdClientOptions
{
    /// <summary>
    /// The members to call: <c>http://host:port</c>, <c>https://host:port</c>, <c>unix:///path</c>, or <c>host:port</c>, which is https if
    /// <see cref="Tls"/> is set. One is enough, but each that is named is one more that may fail.
    /// </summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    /// <summary>The user to log in as, or null.</summary>
    public string? UserName { get; init; }

    /// <summary>The user's password.</summary>
    public string? Password { get; init; }

    /// <summary>A file with the user's password, read at each log-in; the end of the line is not part of it. Instead of
    /// <see cref="Password"/>.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>A token that was made elsewhere (a JWT), instead of a user and a password. It is not renewed.</summary>
    public string? Token { get; init; }

    /// <summary>A file with such a token, read again when it has changed.</summary>
    public string? TokenFile { get; init; }

    /// <summary>TLS, or null for the defaults.</summary>
    public EtcdTlsOptions? Tls { get; init; }

    /// <summary>How long a connection may take to come about.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a call may take with all its attempts, or <see cref="Timeout.InfiniteTimeSpan"/>. Watches and other streams,
    /// locks and defragmentations have no such limit.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After how much silence a connection with calls under way is asked for a sign of life. Servers refuse clients that ask
    /// more often than every 5 s (<c>--grpc-keepalive-min-time</c>).</summary>
    public TimeSpan KeepAliveTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long that sign may take before the connection counts as lost.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a call is tried again, at most, where that is safe.</summary>
    public int MaxRetries { get; init; } = 100;

    /// <summary>The pause before a call is tried again when most of the endpoints have failed. It doubles each time, up to a
    /// second.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>The part of that pause that is random, between 0 and 1.</summary>
    public double RetryJitter { get; init; } = 0.1;

    /// <summary>The largest request, in bytes.</summary>
    public int MaxSendBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>The largest answer, in bytes.</summary>
    public int MaxReceiveBytes { get; init; } = int.MaxValue;

    /// <summary>Calls fail at a member that has no leader, instead of waiting for one.</summary>
    public bool RequireLeader { get; init; }

    /// <summary>The clock by which leases and watches are timed; another one in tests.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where to log, or null.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Checks what does not need the network.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message says what, and what would be right.</exception>
    public void Validate() => OptionRules.Check(this);

    /// <summary>The endpoints and the user: what may be read by everybody.</summary>
    public override string ToString() => $"{string.Join(", ", Endpoints)}{(UserName is null ? "" : $" as {UserName}")}";
}
