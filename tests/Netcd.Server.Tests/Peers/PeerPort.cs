using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.Hosting;
using Netcd.Server.Peers;

namespace Netcd.Server.Tests.Peers;

/// <summary>A server of one member with its peer port open, and what a stranger needs to speak to that port.</summary>
public sealed class PeerPort : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-peer-port");
    private readonly HttpClient client = new();
    private EtcdServer? server;
    private Uri clientUrl = new("http://127.0.0.1");

    /// <summary>Speaks HTTP/1.1 to the peer port.</summary>
    public HttpClient Http { get; private set; } = new();

    /// <summary>The peer port's number.</summary>
    public int Port { get; private set; }

    /// <summary>The id of the cluster, as headers have it.</summary>
    public string ClusterId { get; private set; } = "";

    /// <summary>The id of the member.</summary>
    public ulong MemberId { get; private set; }

    /// <summary>Another member, which is nowhere: a learner, so that the server leads without it.</summary>
    public ulong PeerId { get; private set; }

    /// <summary>Where received images come to lie.</summary>
    public string SnapshotDirectory => Path.Combine(directory.FullName, "member", "snap");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        clientUrl = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        Port = FreePort.Next();
        Uri peerUrl = new($"http://127.0.0.1:{Port}");
        ServerOptions options = new()
        {
            Node = new NodeOptions
            {
                Name = "default",
                DataDirectory = directory.FullName,
                InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["default"] = [peerUrl.OriginalString] },
                AdvertiseClientUrls = [clientUrl.OriginalString],
                HeartbeatMilliseconds = 10,
                ElectionMilliseconds = 100,
                MaxLearners = 4,
            },
            ListenClientUrls = [clientUrl],
            ListenPeerUrls = [peerUrl],
            AdvertisePeerUrls = [peerUrl.OriginalString],
            StrictReconfigCheck = false,
        };
        server = await EtcdServer.StartAsync(options, NullLoggerFactory.Instance, (stage, failure) => Assert.Fail(stage + ": " + failure));
        Http = new HttpClient { BaseAddress = peerUrl, Timeout = Deadline };
        using HttpResponseMessage members = await Http.GetAsync("/members");
        ClusterId = members.Headers.GetValues(PeerHeaders.ClusterId).Single();
        using JsonDocument list = JsonDocument.Parse(await members.Content.ReadAsStringAsync());
        MemberId = list.RootElement.EnumerateArray().Single().GetProperty("id").GetUInt64();
        PeerId = await AddLearnerAsync("http://127.0.0.1:9");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        client.Dispose();
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        directory.Delete(recursive: true);
    }

    /// <summary>A request as a member of this cluster signs it; headers may be changed before it is sent.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path, byte[]? body = null, ulong from = 0xabc)
    {
        HttpRequestMessage request = new(method, path);
        request.Headers.Add(PeerHeaders.From, PeerHeaders.Hex(from));
        request.Headers.Add(PeerHeaders.Version, "3.7.0");
        request.Headers.Add(PeerHeaders.MinClusterVersion, "3.0.0");
        request.Headers.Add(PeerHeaders.ClusterId, ClusterId);
        request.Headers.Add(PeerHeaders.To, PeerHeaders.Hex(MemberId));
        request.Content = body is null ? null : new ByteArrayContent(body);
        return request;
    }

    /// <summary>Sends a request and gives status and text of the answer.</summary>
    public async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage answer = await Http.SendAsync(request);
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).TrimEnd('\n'));
    }

    /// <summary>A connection to the peer port that says what it likes.</summary>
    public async Task<TcpClient> ConnectAsync()
    {
        TcpClient connection = new();
        await connection.ConnectAsync(IPAddress.Loopback, Port);
        return connection;
    }

    /// <summary>Reads until the server closes the connection.</summary>
    public static async Task<string> ReadToEndAsync(TcpClient connection)
    {
        using CancellationTokenSource late = new(Deadline);
        using StreamReader reader = new(connection.GetStream(), Encoding.Latin1);
        try
        {
            return await reader.ReadToEndAsync(late.Token);
        }
        catch (IOException)
        {
            // Closed with bytes unread, which resets the connection.
            return "";
        }
    }

    /// <summary>Adds a member without a vote, which is reached at the address.</summary>
    public async Task<ulong> AddLearnerAsync(string peerUrl)
    {
        using JsonDocument added = await CallAsync("/v3/cluster/member/add", $$"""{"peerURLs":["{{peerUrl}}"],"isLearner":true}""");
        return ulong.Parse(added.RootElement.GetProperty("member").GetProperty("ID").GetString()!, CultureInfo.InvariantCulture);
    }

    /// <summary>Removes a member.</summary>
    public async Task RemoveAsync(ulong id) => (await CallAsync("/v3/cluster/member/remove", $$"""{"ID":"{{id}}"}""")).Dispose();

    /// <summary>Checks that clients are served as before.</summary>
    public async Task AssertServesAsync() => (await CallAsync("/v3/kv/put", """{"key":"YQ==","value":"Yg=="}""")).Dispose();

    /// <summary>Makes a call of the JSON gateway, which must succeed.</summary>
    public async Task<JsonDocument> CallAsync(string path, string body)
    {
        using StringContent content = new(body);
        using HttpResponseMessage answer = await client.PostAsync(new Uri(clientUrl, path), content);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }
}
