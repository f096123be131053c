using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Processes;
using Netcd.Interop.Watches;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;

namespace Netcd.Interop.Auth;

/// <summary>What runs ends with the right to it: watches, long reads, waits for locks and elections.</summary>
public sealed class RunningRightTests : IAsyncLifetime
{
    private const string Denied = "rpc error: code = PermissionDenied desc = etcdserver: permission denied";

    /// <summary>The second one where the right goes just while the caller looks again, as in etcd.</summary>
    private static readonly string[] Refusals = ["etcdserver: permission denied", "etcdserver: revision of auth store is old"];

    /// <summary>At once, on a machine that may stand still for a while: what did not end with its right would not end at all.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private ServerProcess? server;
    private Accounts? accounts;

    private GrpcChannel Channel => server!.Channel;

    private Accounts Root => accounts!;

    public async ValueTask InitializeAsync()
    {
        server = await ServerProcess.NetcdAsync(folder.At("data"), "--bcrypt-cost", "4");
        accounts = new Accounts(Channel);
        await accounts.AddRoleAsync("first", Permit.Both("first/", "first0"));
        await accounts.AddRoleAsync("second", Permit.Both("second/", "second0"));
        await accounts.AddUserAsync("pat", "first", "second");
        await accounts.AddUserAsync("other", "first");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        folder.Dispose();
    }

    /// <summary>Another user's watches go on where that user keeps the right, and those that have nothing to do with it in any
    /// case.</summary>
    [Theory]
    [InlineData("a permission is revoked", Denied, true, false)]
    [InlineData("a role is taken away", Denied, true, true)]
    [InlineData("a role is deleted", Denied, true, false)]
    [InlineData("the user is deleted", Denied, false, true)]
    [InlineData("the password is changed", "rpc error: code = Unauthenticated desc = etcdserver: invalid auth token", false, true)]
    public async Task A_watch_ends_when(string happening, string reason, bool isOneRight, bool othersKeepIt)
    {
        await Root.EnableAsync();
        using WatchClient watches = new(Channel, Rpc.Headers(await Root.LogInAsync("pat")));
        using WatchClient others = new(Channel, Rpc.Headers(await Root.LogInAsync("other")));
        long range = (await watches.CreateAsync(Watch("first/", "first0"))).WatchId;
        long key = (await watches.CreateAsync(Watch("first/a"))).WatchId;
        long second = (await watches.CreateAsync(Watch("second/", "second0"))).WatchId;
        long ofOther = (await others.CreateAsync(Watch("first/a"))).WatchId;
        Assert.Equal(-1, (await others.CreateAsync(Watch("second/a"))).WatchId);

        await HappenAsync(happening);
        long since = Stopwatch.GetTimestamp();
        foreach (long id in isOneRight ? (long[])[range, key] : [range, key, second])
        {
            await watches.UntilToldAsync(id, 1);
            WatchResponse end = WatchResponse.Parser.ParseJson(watches.Told(id)[0]);
            Assert.True(end.Canceled);
            Assert.Equal(reason, end.CancelReason);
        }

        Assert.True(Stopwatch.GetElapsedTime(since) < Bound, $"it took {Stopwatch.GetElapsedTime(since)}");
        await PutAsync("first/a", Root.Token);
        await PutAsync("second/a", Root.Token);
        List<(WatchClient Stream, long Id)> kept = isOneRight ? [(watches, second)] : [];
        if (othersKeepIt)
        {
            kept.Add((others, ofOther));
        }

        foreach ((WatchClient stream, long id) in kept)
        {
            await stream.UntilToldAsync(id, 1);
            Assert.Contains("\"kv\"", stream.Told(id)[0], StringComparison.Ordinal);
        }

        Assert.Single(watches.Told(range));
        Assert.Single(watches.Told(key));
    }

    [Fact]
    public async Task A_watch_of_nobody_ends_when_users_have_to_say_who_they_are()
    {
        using WatchClient watches = new(Channel);
        long id = (await watches.CreateAsync(Watch("first/", "first0"))).WatchId;
        await PutAsync("first/a", null);
        await watches.UntilToldAsync(id, 1);
        await Root.EnableAsync();
        long since = Stopwatch.GetTimestamp();
        await watches.UntilToldAsync(id, 2);
        Assert.True(Stopwatch.GetElapsedTime(since) < Bound, $"it took {Stopwatch.GetElapsedTime(since)}");
        WatchResponse end = WatchResponse.Parser.ParseJson(watches.Told(id)[1]);
        Assert.True(end.Canceled);
        Assert.StartsWith("rpc error: code = ", end.CancelReason, StringComparison.Ordinal);
        await PutAsync("first/a", Root.Token);
        Assert.Equal(-1, (await watches.CreateAsync(Watch("first/a"))).WatchId);
        Assert.Equal(2, watches.Told(id).Count);
    }

    [Fact]
    public async Task A_change_that_takes_no_right_ends_no_watch()
    {
        await Root.EnableAsync();
        using WatchClient watches = new(Channel, Rpc.Headers(await Root.LogInAsync("pat")));
        long id = (await watches.CreateAsync(Watch("first/", "first0"))).WatchId;
        await Root.AddRoleAsync("third", Permit.Read("first/", "first1"));
        await Root.GiveAsync("pat", "third");
        await Root.TakeAsync("pat", "first");
        await Root.ChangePasswordAsync("other", "new");
        await Root.DeleteUserAsync("other");
        await PutAsync("first/a", Root.Token);
        await watches.UntilToldAsync(id, 1);
        Assert.Contains("\"kv\"", watches.Told(id)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_over_http_ends_with_its_right_and_others_of_its_stream_go_on()
    {
        await Root.EnableAsync();
        using HttpClient http = new();
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{server!.Endpoint}/v3/watch")
        {
            Content = new StringContent(
                """{"create_request":{"key":"Zmlyc3QvYQ==","watch_id":"5"}}{"create_request":{"key":"c2Vjb25kL2E=","watch_id":"6"}}"""),
        };
        request.Headers.TryAddWithoutValidation("Authorization", await Root.LogInAsync("pat"));
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Deadline);
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync());
        await lines.ReadLineAsync().WaitAsync(Deadline);
        await lines.ReadLineAsync().WaitAsync(Deadline);
        await Root.TakeAsync("pat", "first");
        string end = await lines.ReadLineAsync().WaitAsync(Bound) ?? "";
        Assert.Contains("\"watch_id\":\"5\"", end, StringComparison.Ordinal);
        Assert.Contains("\"canceled\":true", end, StringComparison.Ordinal);
        Assert.Contains($"\"cancel_reason\":\"{Denied}\"", end, StringComparison.Ordinal);
        await PutAsync("first/a", Root.Token);
        await PutAsync("second/a", Root.Token);
        Assert.Contains("\"watch_id\":\"6\"", await lines.ReadLineAsync().WaitAsync(Deadline), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_read_ends_with_the_right_to_it()
    {
        byte[] value = new byte[64 << 10];
        for (int n = 0; n < 200; n++)
        {
            await new KV.KVClient(Channel).PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8($"first/{n:000}"), Value = ByteString.CopyFrom(value) });
        }

        await Root.EnableAsync();
        using AsyncServerStreamingCall<RangeStreamResponse> read = new KV.KVClient(Channel).RangeStream(
            new RangeRequest { Key = ByteString.CopyFromUtf8("first/"), RangeEnd = ByteString.CopyFromUtf8("first0") },
            Rpc.Headers(await Root.LogInAsync("pat")));
        Assert.True(await read.ResponseStream.MoveNext(CancellationToken.None));
        await Root.TakeAsync("pat", "first");
        RpcException end = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await read.ResponseStream.MoveNext(CancellationToken.None))
            {
                // What was on its way already arrives.
            }
        });
        Assert.Equal((StatusCode.PermissionDenied, "etcdserver: permission denied"), (end.StatusCode, end.Status.Detail));
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("election")]
    public async Task Who_waits_in_a_queue_is_refused_when_the_right_to_it_goes(string kind)
    {
        await Root.EnableAsync();
        (string pat, string other) = (await Root.LogInAsync("pat"), await Root.LogInAsync("other"));
        ByteString key = await EnterAsync(kind, other);
        Task<ByteString> waiting = EnterAsync(kind, pat);
        await Poll.UntilAsync(async () => await QueueAsync(Root.Token!) == 2);
        await Root.TakeAsync("pat", "first");
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => waiting.WaitAsync(Deadline));
        Assert.Contains(end.Status.Detail, Refusals);

        // The queue is not held up by who may not leave it any more.
        await Rpc.CallAsync<DeleteRangeResponse>(
            Channel, "/etcdserverpb.KV/DeleteRange", new DeleteRangeRequest { Key = key }, other);
        await Poll.UntilAsync(async () => await QueueAsync(Root.Token!) == 0);
    }

    [Theory]
    [InlineData("lock/lock", """{"name":"Zmlyc3QvcXVldWU="}""")]
    [InlineData("election/campaign", """{"name":"Zmlyc3QvcXVldWU=","value":"dg=="}""")]
    public async Task Who_waits_in_a_queue_over_http_is_refused_when_the_right_to_it_goes(string path, string body)
    {
        await Root.EnableAsync();
        (string pat, string other) = (await Root.LogInAsync("pat"), await Root.LogInAsync("other"));
        Assert.Contains("\"key\"", await PostAsync(path, body, other), StringComparison.Ordinal);
        Task<string> waiting = PostAsync(path, body, pat);
        await Poll.UntilAsync(async () => await QueueAsync(Root.Token!) == 2);
        await Root.TakeAsync("pat", "first");
        Assert.Matches("etcdserver: (permission denied|revision of auth store is old)", await waiting.WaitAsync(Deadline));
    }

    [Fact]
    public async Task An_observer_is_told_no_more_when_the_right_to_it_goes()
    {
        await Root.EnableAsync();
        string other = await Root.LogInAsync("other");
        await EnterAsync("election", other);
        using AsyncServerStreamingCall<LeaderResponse> observer = new Election.ElectionClient(Channel).Observe(
            new LeaderRequest { Name = ByteString.CopyFromUtf8("first/queue") }, Rpc.Headers(await Root.LogInAsync("pat")));
        Assert.True(await observer.ResponseStream.MoveNext(CancellationToken.None));
        await Root.TakeAsync("pat", "first");
        RpcException end = await Assert.ThrowsAsync<RpcException>(
            () => observer.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
        Assert.Contains(end.Status.Detail, Refusals);
    }

    [Fact]
    public async Task An_observer_over_http_is_told_no_more_when_the_right_to_it_goes()
    {
        await Root.EnableAsync();
        await EnterAsync("election", await Root.LogInAsync("other"));
        using HttpClient http = new();
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{server!.Endpoint}/v3/election/observe")
        {
            Content = new StringContent("""{"name":"Zmlyc3QvcXVldWU="}"""),
        };
        request.Headers.TryAddWithoutValidation("Authorization", await Root.LogInAsync("pat"));
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Deadline);
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync());
        Assert.Contains("\"kv\"", await lines.ReadLineAsync().WaitAsync(Deadline), StringComparison.Ordinal);
        await Root.TakeAsync("pat", "first");
        Assert.Matches("etcdserver: (permission denied|revision of auth store is old)", await lines.ReadLineAsync().WaitAsync(Deadline));
    }

    private async Task HappenAsync(string happening)
    {
        switch (happening)
        {
            case "a permission is revoked":
                await Root.RevokeAsync("first", Permit.Both("first/", "first0"));
                break;
            case "a role is taken away":
                await Root.TakeAsync("pat", "first");
                break;
            case "a role is deleted":
                await Root.DeleteRoleAsync("first");
                break;
            case "the user is deleted":
                await Root.DeleteUserAsync("pat");
                break;
            default:
                await Root.ChangePasswordAsync("pat", "another");
                break;
        }
    }

    private async Task<ByteString> EnterAsync(string kind, string token)
    {
        ByteString name = ByteString.CopyFromUtf8("first/queue");
        return kind == "lock"
            ? (await Rpc.CallAsync<LockResponse>(Channel, "/v3lockpb.Lock/Lock", new LockRequest { Name = name }, token)).Key
            : (await Rpc.CallAsync<CampaignResponse>(
                Channel, "/v3electionpb.Election/Campaign", new CampaignRequest { Name = name, Value = name }, token)).Leader.Key;
    }

    private async Task<long> QueueAsync(string token)
    {
        ByteString end = ByteString.CopyFromUtf8("first/queue0");
        RangeRequest request = new() { Key = ByteString.CopyFromUtf8("first/queue/"), RangeEnd = end, CountOnly = true };
        return (await Rpc.CallAsync<RangeResponse>(Channel, "/etcdserverpb.KV/Range", request, token)).Count;
    }

    private async Task<string> PostAsync(string path, string body, string token)
    {
        using HttpClient http = new();
        Uri url = new($"http://{server!.Endpoint}/v3/{path}");
        using HttpRequestMessage request = new(HttpMethod.Post, url) { Content = new StringContent(body) };
        request.Headers.TryAddWithoutValidation("Authorization", token);
        using HttpResponseMessage response = await http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private async Task PutAsync(string key, string? token) => Assert.Equal(
        Rpc.Served,
        await Rpc.AnswerAsync(Channel, "/etcdserverpb.KV/Put", new PutRequest { Key = ByteString.CopyFromUtf8(key) }, token));

    private static WatchCreateRequest Watch(string key, string end = "") =>
        new() { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end) };
}
