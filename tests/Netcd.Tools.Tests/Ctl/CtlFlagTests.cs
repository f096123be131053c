using Netcd.Client;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>What the flags that all commands have make of a client.</summary>
public sealed class CtlFlagTests
{
    [Fact]
    public void Settings_are_told_by_the_names_of_their_variables_and_without_secrets()
    {
        using StringWriter output = new() { NewLine = "\n" };
        Read("--user=root:pw", "--password", "secret", "--auth-jwt-token=abc", "--endpoints", "a:1,b:2", "--hex").Tell(output);
        string[] lines = output.ToString().Split('\n');
        Assert.Equal(lines[..^1].Order(StringComparer.Ordinal), lines[..^1]);
        Assert.Contains("ETCDCTL_ENDPOINTS=[a:1,b:2]", lines);
        Assert.Contains("ETCDCTL_COMMAND_TIMEOUT=5s", lines);
        Assert.Contains("ETCDCTL_HEX=true", lines);
        Assert.Contains("ETCDCTL_USER=***", lines);
        Assert.Contains("ETCDCTL_PASSWORD=***", lines);
        Assert.Contains("ETCDCTL_AUTH_JWT_TOKEN=***", lines);
        Assert.Contains("ETCDCTL_CACERT=", lines);
    }

    [Fact]
    public void Endpoints_with_TLS_come_first_and_others_only_where_they_are_accepted()
    {
        Assert.Equal(["https://s:1", "http://p:2"], Found("--discovery-srv=d").Endpoints.Values);
        Assert.Equal(["https://s:1"], Found("-d", "d", "--insecure-discovery=false").Endpoints.Values);
        Assert.Equal(["127.0.0.1:2379"], Found().Endpoints.Values);
        Assert.Equal("d", Options("-d", "d", "--insecure-discovery=false").Tls!.ServerName);
        Assert.Null(Options("-d", "d").Tls);
    }

    [Fact]
    public void A_token_is_taken_instead_of_a_user()
    {
        EtcdClientOptions options = Options("--auth-jwt-token=abc", "--user=root:pw");
        Assert.Equal(("abc", null, null), (options.Token, options.UserName, options.Password));
    }

    [Fact]
    public void Limits_of_messages_must_fit_each_other()
    {
        EtcdClientOptions options = Options("--max-request-bytes=5", "--max-recv-bytes=6");
        Assert.Equal((5, 6), (options.MaxSendBytes, options.MaxReceiveBytes));
        CommandFailure wrong = Assert.Throws<CommandFailure>(() => Options("--max-request-bytes=7", "--max-recv-bytes=6"));
        Assert.Equal(
            (2, "gRPC message recv limit (6 bytes) must be greater than send limit (7 bytes)"), (wrong.ExitCode, wrong.Message));
    }

    [Theory]
    [InlineData("--keepalive-time=2s", 10)]
    [InlineData("--keepalive-time=20s", 20)]
    public void Pings_are_not_more_frequent_than_servers_allow(string flag, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Options(flag).KeepAliveTime);

    [Theory]
    [InlineData("127.0.0.1:1", false)]
    [InlineData("https://127.0.0.1:1", true)]
    public void Not_verifying_is_no_reason_for_TLS(string endpoint, bool hasTls) =>
        Assert.Equal(hasTls, Options("--insecure-skip-tls-verify", "--endpoints", endpoint).Tls is not null);

    private static CtlFlags Found(params string[] words)
    {
        CtlFlags flags = Read(words);
        flags.Discover(
            static (service, domain) => domain != "d" ? new ServiceRecords([], "no such domain")
                : service == "etcd-client-ssl" ? new ServiceRecords(["s:1"]) : new ServiceRecords(["p:2"]),
            TextWriter.Null);
        return flags;
    }

    private static EtcdClientOptions Options(params string[] words) =>
        Read(words).ToOptions(null, static () => throw new InvalidOperationException("nobody is to be asked"));

    private static CtlFlags Read(params string[] words)
    {
        CtlFlags flags = new();
        Assert.Empty(FlagReader.Read(words, flags.All));
        return flags;
    }
}
