using Microsoft.Extensions.Configuration;
using Netcd.Client;
using Netcd.Client.Connecting;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Connecting;

public sealed class EndpointTests(SharedServers servers)
{
    [Theory]
    [InlineData("127.0.0.1:2379", "http://127.0.0.1:2379/")]
    [InlineData(" http://one.example:2379/ ", "http://one.example:2379/")]
    [InlineData("https://two.example:2379", "https://two.example:2379/")]
    [InlineData("[::1]:2379", "http://[::1]:2379/")]
    [InlineData("unix:///run/etcd.sock", "http://localhost/")]
    public void Endpoints_are_read_in_every_form(string text, string address) =>
        Assert.Equal(address, EndpointAddress.Parse(text, isTlsPreferred: false).Channel.AbsoluteUri);

    [Fact]
    public void Without_a_scheme_TLS_decides()
    {
        Assert.True(EndpointAddress.Parse("three.example:2379", isTlsPreferred: true).IsTls);
        Assert.False(EndpointAddress.Parse("http://three.example:2379", isTlsPreferred: true).IsTls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://")]
    [InlineData("ftp://one.example:21")]
    [InlineData("http://one.example:2379/path")]
    [InlineData("http://user@one.example:2379")]
    [InlineData("one two:2379")]
    [InlineData("unix://")]
    public void What_is_no_endpoint_is_said_to_be_none(string text)
    {
        ArgumentException thrown = Assert.Throws<ArgumentException>(() => new EtcdClient(text));
        Assert.Contains($"'{text}' is no endpoint", thrown.Message, StringComparison.Ordinal);
    }

    private static EtcdClientOptions Options { get; } = new() { Endpoints = ["one.example:2379"] };

    public static TheoryData<EtcdClientOptions, string> WrongOptions { get; } = new()
    {
        { new EtcdClientOptions(), "no endpoint is given" },
        { Options with { UserName = "erin" }, "user erin has no password" },
        { Options with { Password = "secret" }, "no user" },
        { Options with { UserName = "erin", Password = "a", PasswordFile = "b" }, "choose one" },
        { Options with { Token = "a", TokenFile = "b" }, "choose one" },
        { Options with { UserName = "erin", Password = "a", Token = "b" }, "choose one" },
        { Options with { Tls = new EtcdTlsOptions { CertificateFile = "a" } }, "Tls.KeyFile" },
        { Options with { Tls = new EtcdTlsOptions { CaFile = "/nowhere/ca.crt" } }, "/nowhere/ca.crt does not exist" },
        { Options with { CallTimeout = TimeSpan.Zero }, "CallTimeout" },
        { Options with { DialTimeout = TimeSpan.Zero }, "DialTimeout" },
        { Options with { KeepAliveTime = TimeSpan.Zero }, "KeepAliveTime" },
        { Options with { KeepAliveTimeout = TimeSpan.Zero }, "KeepAliveTimeout" },
        { Options with { MaxRetries = -1 }, "MaxRetries" },
        { Options with { RetryBackoff = -TimeSpan.FromTicks(1) }, "RetryBackoff" },
        { Options with { RetryJitter = 1.5 }, "RetryJitter" },
        { Options with { MaxSendBytes = 0 }, "MaxSendBytes" },
        { Options with { MaxReceiveBytes = 0 }, "MaxReceiveBytes" },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void Wrong_options_are_refused_with_a_sentence_that_names_them(EtcdClientOptions options, string text) =>
        Assert.Contains(text, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_are_bound_from_configuration_and_tell_no_secret()
    {
        Dictionary<string, string?> settings = new()
        {
            ["Endpoints:0"] = "four.example:2379",
            ["Endpoints:1"] = "http://five.example:2379",
            ["UserName"] = "frank",
            ["Password"] = "a secret of frank",
            ["Tls:ServerName"] = "six.example",
            ["CallTimeout"] = "00:00:07",
            ["MaxRetries"] = "9",
            ["RequireLeader"] = "true",
        };
        EtcdClientOptions options =
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build().Get<EtcdClientOptions>()!;
        options.Validate();
        Assert.Equal(["four.example:2379", "http://five.example:2379"], options.Endpoints);
        Assert.Equal(("frank", "a secret of frank", "six.example"), (options.UserName, options.Password, options.Tls!.ServerName));
        Assert.Equal((TimeSpan.FromSeconds(7), 9, true), (options.CallTimeout, options.MaxRetries, options.RequireLeader));
        Assert.Equal("four.example:2379, http://five.example:2379 as frank", options.ToString());
    }

    [Fact]
    public void Pauses_come_when_a_quorum_has_failed_and_double_up_to_a_second()
    {
        EtcdClientOptions options = new() { RetryJitter = 0 };
        Assert.Equal([0, 25, 0, 50, 0, 100], Enumerable.Range(1, 6).Select(n => Backoff.Before(options, n, 3).TotalMilliseconds));
        Assert.Equal([25, 50, 100], Enumerable.Range(1, 3).Select(n => Backoff.Before(options, n, 1).TotalMilliseconds));
        Assert.Equal(1000, Backoff.Before(options, 90, 1).TotalMilliseconds);
        Assert.InRange(Backoff.Before(options with { RetryJitter = 0.5 }, 1, 1).TotalMilliseconds, 12.5, 37.5);
    }

    [Fact]
    public async Task A_server_is_reached_over_a_Unix_socket()
    {
        using TemporaryFolder folder = new();
        string socket = folder.At("s");
        int port = FreePort.Next();
        await using ServerProcess process = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("data"), port, "--listen-client-urls", $"http://127.0.0.1:{port},unix://{socket}");
        await using EtcdClient client = new($"unix://{socket}");
        await client.Keys.PutAsync("over a socket", "1");
        Assert.Equal("1", (await client.Keys.GetAsync("over a socket")).KeyValue!.ValueText);
    }

    [Fact]
    public async Task After_a_change_of_endpoints_calls_under_way_end_and_new_ones_go_elsewhere()
    {
        await using EtcdConnection connection = new(new EtcdClientOptions { Endpoints = [servers.EndpointOf(Server.Netcd)] });
        KeyValues keys = new(connection);
        ulong before = (await keys.GetAsync("a"u8.ToArray(), null, CancellationToken.None)).Header.ClusterId;
        Endpoint old = connection.Endpoints.Next();
        connection.Endpoints.Replace([servers.EndpointOf(Server.Etcd)]);
        Assert.Equal(servers.EndpointOf(Server.Etcd), connection.Endpoints.Next().ToString());
        Assert.True(old.IsRetired);
        Assert.Equal(before, (await keys.GetAsync("a"u8.ToArray(), null, CancellationToken.None)).Header.ClusterId);
    }

    [Fact]
    public async Task A_client_that_is_disposed_of_says_so()
    {
        EtcdClient client = servers.ClientOf(Server.Netcd);
        await client.Keys.GetAsync("a");
        await client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.Keys.GetAsync("a"));
        await client.DisposeAsync();
    }
}
