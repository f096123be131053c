using Netcd.Client;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary>The flags of all commands that talk to a cluster, each of which may stand in the environment instead:
/// <c>ETCDCTL_COMMAND_TIMEOUT</c> for <c>--command-timeout</c>.</summary>
internal sealed class CtlFlags
{
    private const string Prefix = "ETCDCTL_";

    public ListFlag Endpoints { get; } = new("endpoints", "gRPC endpoints", "127.0.0.1:2379");

    public DurationFlag DialTimeout { get; } = new("dial-timeout", "dial timeout for client connections", TimeSpan.FromSeconds(2));

    public DurationFlag CommandTimeout { get; } =
        new("command-timeout", "timeout for short running command (excluding dial timeout)", TimeSpan.FromSeconds(5));

    public BooleanFlag Hex { get; } = new("hex", "print byte strings as hex encoded strings");

    public TextFlag Format { get; } = OutputFlag.Create();

    private DurationFlag KeepAliveTime { get; } = new("keepalive-time", "keepalive time for client connections", TimeSpan.FromSeconds(2));

    private DurationFlag KeepAliveTimeout { get; } =
        new("keepalive-timeout", "keepalive timeout for client connections", TimeSpan.FromSeconds(6));

    private BooleanFlag InsecureTransport { get; } =
        new("insecure-transport", "disable transport security for client connections", true);

    private BooleanFlag SkipVerify { get; } = new(
        "insecure-skip-tls-verify",
        "skip server certificate verification (CAUTION: this option should be enabled only for testing purposes)");

    private TextFlag Certificate { get; } = new("cert", "identify secure client using this TLS certificate file");

    private TextFlag Key { get; } = new("key", "identify secure client using this TLS key file");

    private TextFlag Authorities { get; } =
        new("cacert", "verify certificates of TLS-enabled secure servers using this CA bundle");

    private TextFlag User { get; } =
        new("user", "username[:password] for authentication (prompt if password is not supplied)");

    private TextFlag Password { get; } = new(
        "password", "password for authentication (if this option is used, --user option shouldn't include password)");

    /// <summary>Whether somebody is to be logged in.</summary>
    public bool HasUser => User.Value.Length > 0;

    public IReadOnlyList<CommandFlag> All =>
    [
        Endpoints, DialTimeout, CommandTimeout, KeepAliveTime, KeepAliveTimeout, InsecureTransport, SkipVerify, Certificate, Key,
        Authorities, User, Password, Hex, Format,
    ];

    /// <summary>Gives flags that were not given the values that the environment has for them.</summary>
    /// <exception cref="CommandFailure">One is in both places.</exception>
    public void ReadEnvironment(Func<string, string?> environment)
    {
        foreach (CommandFlag flag in All)
        {
            string name = Prefix + flag.Name.ToUpperInvariant().Replace('-', '_');
            if (environment(name) is not { Length: > 0 } value)
            {
                continue;
            }

            if (flag.IsGiven)
            {
                throw new CommandFailure(
                    ExitCodes.Failure,
                    $"{name} is set, and so is --{flag.Name}: unset the variable, or leave the flag out");
            }

            flag.Set(value);
        }
    }

    /// <summary>How to reach the cluster.</summary>
    /// <param name="endpoints">Where, instead of what the flag says.</param>
    /// <param name="askPassword">Asks for a password.</param>
    /// <exception cref="CommandFailure">What was given is not enough.</exception>
    public EtcdClientOptions ToOptions(IReadOnlyList<string>? endpoints, Func<string> askPassword)
    {
        (string? user, string? password) = Credentials(askPassword);
        return new EtcdClientOptions
        {
            Endpoints = [.. (endpoints ?? Endpoints.Values).Select(static endpoint => endpoint.Trim())],
            DialTimeout = DialTimeout.Value,
            CallTimeout = CommandTimeout.Value,
            KeepAliveTime = KeepAliveTime.Value,
            KeepAliveTimeout = KeepAliveTimeout.Value,
            UserName = user,
            Password = password,
            Tls = Tls(),
        };
    }

    private EtcdTlsOptions? Tls()
    {
        foreach (TextFlag file in (TextFlag[])[Certificate, Key, Authorities])
        {
            if (file is { IsGiven: true, Value: "" })
            {
                throw new CommandFailure(ExitCodes.BadArguments, $"empty string is passed to --{file.Name} option");
            }
        }

        bool isAsked = Certificate.Value.Length + Key.Value.Length + Authorities.Value.Length > 0 || !InsecureTransport.Value;
        return isAsked || SkipVerify.Value
            ? new EtcdTlsOptions
            {
                CaFile = NullIfEmpty(Authorities.Value),
                CertificateFile = NullIfEmpty(Certificate.Value),
                KeyFile = NullIfEmpty(Key.Value),
                SkipVerify = SkipVerify.Value,
            }
            : null;
    }

    private (string? User, string? Password) Credentials(Func<string> askPassword)
    {
        if (!HasUser)
        {
            return (null, null);
        }

        if (Password.Value.Length > 0)
        {
            return (User.Value, Password.Value);
        }

        int colon = User.Value.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (User.Value, askPassword()) : (User.Value[..colon], User.Value[(colon + 1)..]);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
