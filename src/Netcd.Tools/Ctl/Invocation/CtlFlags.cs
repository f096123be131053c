using Netcd.Client;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>The flags of all commands that talk to a cluster, each of which may stand in the environment instead:
/// <c>ETCDCTL_COMMAND_TIMEOUT</c> for <c>--command-timeout</c>.</summary>
internal sealed class CtlFlags
{
    private const string Prefix = "ETCDCTL_";

    /// <summary>What gRPC for Go, and so etcdctl, makes of less: servers hang up on who pings more often than every 5 s.</summary>
    private static readonly TimeSpan LeastKeepAliveTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LeastKeepAliveTimeout = TimeSpan.FromSeconds(1);

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
        new("user", "username[:password] for authentication (prompt if password is not supplied)") { IsSecret = true };

    private TextFlag Password { get; } = new(
        "password", "password for authentication (if this option is used, --user option shouldn't include password)")
    {
        IsSecret = true,
    };

    private TextFlag Token { get; } = new(
        "auth-jwt-token", "JWT token used for authentication (if this option is used, --user and --password should not be set)")
    {
        IsSecret = true,
    };

    private BooleanFlag Debug { get; } = new("debug", "enable client-side debug logging");

    private NumberFlag MaxRequestBytes { get; } = new(
        "max-request-bytes", "client-side request send limit in bytes (if 0, it defaults to 2.0 MiB (2 * 1024 * 1024).)");

    private NumberFlag MaxReceiveBytes { get; } = new(
        "max-recv-bytes", "client-side response receive limit in bytes (if 0, it defaults to \"math.MaxInt32\")");

    private DiscoveryFlags Discovery { get; } = new();

    /// <summary>How long a call may take: no time at all is over before it begins.</summary>
    public TimeSpan CallTime => CommandTimeout.Value > TimeSpan.Zero ? CommandTimeout.Value : TimeSpan.FromTicks(1);

    /// <summary>Whether somebody is to be logged in.</summary>
    public bool HasUser => new UserFlags(User, Password).HasUser;

    /// <summary>Whether to tell what goes on.</summary>
    public bool IsDebugging => Debug.Value;

    public IReadOnlyList<CommandFlag> All =>
    [
        Endpoints, DialTimeout, CommandTimeout, KeepAliveTime, KeepAliveTimeout, InsecureTransport, SkipVerify, Certificate, Key,
        Authorities, User, Password, Token, Hex, Format, Debug, MaxRequestBytes, MaxReceiveBytes, .. Discovery.All,
    ];

    /// <summary>Gives flags that were not given the values that the environment has for them.</summary>
    /// <exception cref="CommandFailure">One is in both places.</exception>
    public void ReadEnvironment(Func<string, string?> environment)
    {
        foreach (CommandFlag flag in All)
        {
            string name = VariableOf(flag);
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

    /// <summary>Writes what each flag says, by the name of its variable.</summary>
    public void Tell(TextWriter output)
    {
        foreach (CommandFlag flag in All.OrderBy(static flag => flag.Name, StringComparer.Ordinal))
        {
            string text = flag.ValueText;
            output.WriteLine($"{VariableOf(flag)}={(flag.IsSecret && text.Length > 0 ? "***" : text)}");
        }
    }

    /// <summary>Puts the endpoints that DNS names in place of those of the flag, where that is asked for.</summary>
    /// <exception cref="CommandFailure">DNS names none.</exception>
    public void Discover(ServiceLookup lookup, TextWriter errors)
    {
        IReadOnlyList<string> found = Discovery.Find(lookup, errors);
        if (found.Count > 0)
        {
            Endpoints.Replace(found);
        }
    }

    /// <summary>How to reach the cluster.</summary>
    /// <param name="endpoints">Where, instead of what the flag says.</param>
    /// <param name="askPassword">Asks for a password.</param>
    /// <exception cref="CommandFailure">What was given is not enough.</exception>
    public EtcdClientOptions ToOptions(IReadOnlyList<string>? endpoints, Func<string> askPassword)
    {
        TlsFlags tls = new(Certificate, Key, Authorities, InsecureTransport, SkipVerify);
        tls.Check();
        bool hasToken = Token.Value.Length > 0;
        (string? user, string? password) = hasToken ? default : new UserFlags(User, Password).Read(askPassword);
        string[] places = [.. (endpoints ?? Endpoints.Values).Select(static endpoint => endpoint.Trim())];
        return Limits(places) with
        {
            CallTimeout = CallTime,
            UserName = user,
            Password = password,
            Token = hasToken ? Token.Value : null,
            Tls = tls.Read(places, Discovery.ServerName),
        };
    }

    /// <summary>What holds for connections to any cluster: another one too.</summary>
    /// <exception cref="CommandFailure">The limits exclude each other.</exception>
    public EtcdClientOptions Limits(params IReadOnlyList<string> endpoints)
    {
        if (MaxReceiveBytes.Value > 0 && MaxRequestBytes.Value > MaxReceiveBytes.Value)
        {
            throw new CommandFailure(
                ExitCodes.BadConnection,
                $"gRPC message recv limit ({MaxReceiveBytes.Value} bytes) must be greater than send limit ({MaxRequestBytes.Value} bytes)");
        }

        EtcdClientOptions usual = new();
        return usual with
        {
            Endpoints = endpoints,
            DialTimeout = DialTimeout.Value > TimeSpan.Zero ? DialTimeout.Value : TimeSpan.FromDays(1),
            KeepAliveTime = KeepAliveTime.Value < LeastKeepAliveTime ? LeastKeepAliveTime : KeepAliveTime.Value,
            KeepAliveTimeout = KeepAliveTimeout.Value < LeastKeepAliveTimeout ? LeastKeepAliveTimeout : KeepAliveTimeout.Value,
            MaxSendBytes = Limit(MaxRequestBytes, usual.MaxSendBytes),
            MaxReceiveBytes = Limit(MaxReceiveBytes, usual.MaxReceiveBytes),
        };
    }

    private static int Limit(NumberFlag flag, int usual) => flag.Value > 0 ? (int)Math.Min(flag.Value, int.MaxValue) : usual;

    private static string VariableOf(CommandFlag flag) => Prefix + flag.Name.ToUpperInvariant().Replace('-', '_');
}
