using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Netcd.Server.Configuration;
using Netcd.Server.Peers;
using Netcd.Server.Peers.Sending;

namespace Netcd.Server.Tests.Peers;

/// <summary>Looks at a peer's health and clock: a member with another clock, or none at all, is warned of in etcd's words.</summary>
public sealed class ProberTests : IDisposable
{
    private readonly HttpListener peer = new();
    private readonly Uri url = new($"http://127.0.0.1:{FreePort.Next()}/");
    private readonly StringWriter lines = new() { NewLine = "\n" };

    public void Dispose()
    {
        peer.Close();
        lines.Dispose();
    }

    [Fact]
    public async Task A_clock_that_differs_by_more_than_a_second_is_warned_of_once()
    {
        JsonObject line = await WarningAsync(TimeSpan.FromSeconds(-90));
        Assert.Equal(
            ("warn", "prober found high clock drift", "ROUND_TRIPPER_RAFT_MESSAGE", "abc"),
            ((string?)line["level"], (string?)line["msg"], (string?)line["round-tripper-name"], (string?)line["remote-peer-id"]));
        Assert.StartsWith("1m", (string?)line["clock-drift"], StringComparison.Ordinal);
        Assert.Matches(@"^[\d.]+(µs|ms|s)$", (string?)line["rtt"]);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_is_warned_of_with_why()
    {
        JsonObject line = await WarningAsync(null);
        Assert.Equal(
            ("warn", "prober detected unhealthy status", "ROUND_TRIPPER_RAFT_MESSAGE", "abc", "0s"),
            (
                (string?)line["level"], (string?)line["msg"], (string?)line["round-tripper-name"], (string?)line["remote-peer-id"],
                (string?)line["rtt"]));
        Assert.Contains("refused", (string?)line["error"], StringComparison.Ordinal);
    }

    /// <summary>The only line that comes of looking at a peer whose clock differs by so much; null for one that is not there.</summary>
    private async Task<JsonObject> WarningAsync(TimeSpan? difference)
    {
        Task serving = Task.CompletedTask;
        if (difference is { } other)
        {
            peer.Prefixes.Add(url.OriginalString);
            peer.Start();
            serving = ServeAsync(other);
        }

        using CancellationTokenSource stop = new();
        using HttpMessageInvoker http = new(new SocketsHttpHandler());
        using (ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Information), LogFormat.Json, lines))
        {
            // Soon after one another, and with all the time that an answer takes on a busy machine.
            PeerTransportOptions options = new()
            {
                ReadTimeout = TimeSpan.FromMilliseconds(250),
                DialTimeout = TimeSpan.FromMinutes(1),
            };
            PeerContext link = new(options, null!, http, static _ => false, logging.CreateLogger("netcd"));
            Task looking = new Prober(link, 0xabc, new PeerUrls([url]), new PeerMetrics()).RunAsync(stop.Token);
            await Poll.UntilAsync(() => Task.FromResult(
                Volatile.Read(ref served) >= 3 || (difference is null && lines.ToString().Length > 0)));
            await stop.CancelAsync();
            await looking;
        }

        peer.Close();
        await serving;
        return JsonNode.Parse(Assert.Single(lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)))!.AsObject();
    }

    private int served;

    private async Task ServeAsync(TimeSpan difference)
    {
        try
        {
            while (true)
            {
                HttpListenerContext asked = await peer.GetContextAsync();
                string now = (DateTime.UtcNow + difference).ToString("O", CultureInfo.InvariantCulture);
                await asked.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes($$"""{"OK":true,"Now":"{{now}}"}"""));
                asked.Response.Close();
                Interlocked.Increment(ref served);
            }
        }
        catch (Exception failure) when (failure is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
