using System.Globalization;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Transport;

/// <summary>Requests with large headers are taken; one with too large ones is refused, and only that one.</summary>
public sealed class HeaderLimitTests
{
    private const int Calls = 120;

    /// <summary>Of calls with the largest headers, how many may wait at a time.</summary>
    private const int MostWaiting = 64;
    private const int LeastWaiting = 40;
    private const string Range = "/etcdserverpb.KV/Range";

    private static readonly byte[] Request = RawCall.Frame([0x0a, 1, (byte)'a']);

    private static readonly (string, string)[] Largest = [("token", new string('t', 1024 * 1024))];

    private static (string, string)[] Thousand =>
        [.. Enumerable.Range(0, 1000).Select(static n => ("x-" + n.ToString(CultureInfo.InvariantCulture), "value"))];

    [Fact]
    public async Task A_call_may_have_a_mebibyte_or_a_thousand_of_headers_and_one_with_more_leaves_the_connection_alone()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            using HttpClient client = RawCall.Open(server);
            Assert.Equal("0", (await new RawCall(Range, Request) { Headers = Largest }.SendAsync(client)).Status);
            Assert.Equal("0", (await new RawCall(Range, Request) { Headers = Thousand }.SendAsync(client)).Status);
        }

        using HttpClient other = RawCall.Open(pair.Netcd);
        RawAnswer[] together = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => new RawCall(Range, Request)
        {
            // The client is told the limit and keeps to it in bytes; it does not count.
            Headers = n == 10 ? [.. Thousand, .. Enumerable.Range(0, 100).Select(static n => ($"y-{n}", "value"))] : [],
        }.SendAsync(other)));
        for (int n = 0; n < together.Length; n++)
        {
            Assert.Equal(n == 10 ? ("431", "") : ("200", "0"), (together[n].HttpStatus, together[n].Status));
        }
    }

    [Fact]
    public async Task A_request_of_http_1_may_have_a_mebibyte_of_headers_and_one_with_more_is_refused_as_by_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach ((int bytes, string expected) in ((int, string)[])[(64 * 1024, "HTTP/1.1 200 OK"),
            (1024 * 1024, "HTTP/1.1 200 OK"), (1200 * 1024, "HTTP/1.1 431 Request Header Fields Too Large")])
        {
            foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
            {
                Assert.StartsWith(
                    expected,
                    await RawHttp.AskAsync(server, "GET", "/version", "Authorization: " + new string('a', bytes)),
                    StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Headers_may_be_as_large_over_tls()
    {
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        string url = $"https://127.0.0.1:{FreePort.Next()}";
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--cert-file", certificate, "--key-file", key, "--listen-client-urls", url, "--advertise-client-urls", url);
#pragma warning disable CA5359 // Whose certificate it is, is not what is tested.
        using SocketsHttpHandler handler = new() { SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true } };
#pragma warning restore CA5359
        using HttpClient client = new(handler) { BaseAddress = new Uri(url) };
        Assert.Equal("0", (await new RawCall(Range, Request) { Headers = Largest }.SendAsync(client)).Status);
        using HttpRequestMessage version = new(HttpMethod.Get, url + "/version");
        version.Headers.TryAddWithoutValidation("Authorization", Largest[0].Item2);
        using HttpResponseMessage answer = await client.SendAsync(version);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>A few hundred bytes on the wire, a megabyte of headers in memory: such calls wait by the hundred on one
    /// connection.</summary>
    [Fact]
    public async Task Calls_that_wait_with_large_headers_are_bounded_together()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        using HttpClient client = RawCall.Open(netcd);
        using CancellationTokenSource enough = new();
        Task<RawAnswer>[] calls = [.. Enumerable.Range(0, Calls).Select(_ => new RawCall("/etcdserverpb.Watch/Watch", [])
        {
            Headers = Largest,
            Ends = false,
        }.SendUntilAsync(client, enough.Token))];
        await Poll.UntilAsync(() => Task.FromResult(calls.Count(static call => call.IsCompleted) >= Calls - MostWaiting));
        await enough.CancelAsync();
        List<RawAnswer> refused = [];
        foreach (Task<RawAnswer> call in calls)
        {
            await call.ContinueWith(static _ => { }, TaskScheduler.Default);
            if (!call.IsCanceled)
            {
                refused.Add(await call);
            }
        }

        Assert.InRange(Calls - refused.Count, LeastWaiting, MostWaiting);
        Assert.All(refused, static answer => Assert.Equal(("431", "8"), (answer.HttpStatus, answer.Status)));
        await Poll.UntilAsync(async () => (await new RawCall(Range, Request) { Headers = Largest }.SendAsync(client)).Status == "0");
    }
}
