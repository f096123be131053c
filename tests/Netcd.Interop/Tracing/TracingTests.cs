using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Tracing;

/// <summary>Calls are traced, with the stages that they go through, to a collector that OTLP is spoken to.</summary>
public sealed class TracingTests : IDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = "00f067aa0ba902b7";

    private static readonly string[] Stages = ["apply", "commit", "log", "queue"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_call_is_a_span_under_its_caller_and_its_stages_are_spans_under_it()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--enable-distributed-tracing", "--distributed-tracing-address", collector.Address,
            "--distributed-tracing-service-name", "keeper", "--distributed-tracing-instance-id", "keeper-7");
        await PutAsync(netcd, "traced", sampled: true);
        await netcd.TerminateAsync();

        CollectedSpan call = Assert.Single(collector.Spans, static span => span.Name == "etcdserverpb.KV/Put");
        Assert.Equal((Trace, Caller), (call.TraceId, call.ParentId));
        Assert.Equal(("keeper", "keeper-7"), (call.Resource["service.name"], call.Resource["service.instance.id"]));
        Assert.Equal("OK", call.Attributes["rpc.response.status_code"]);
        CollectedSpan[] stages = [.. collector.Spans.Where(span => span.ParentId == call.Id).OrderBy(static span => span.Name)];
        Assert.Equal(Stages, stages.Select(static stage => stage.Name));
        Assert.All(stages, stage =>
        {
            Assert.Equal(Trace, stage.TraceId);

            // The clocks of the two are read one after the other.
            Assert.InRange(stage.Start, call.Start - 1_000_000, stage.End);
            Assert.InRange(stage.End, stage.Start, call.End + 1_000_000);
        });
        Assert.True(stages.Max(static stage => stage.End - stage.Start) > 0, "no stage takes any time");
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("1000000", 9)]
    public async Task Who_brings_a_trace_decides_on_it_and_of_the_others_as_many_are_traced_as_is_said(string rate, int spans)
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--experimental-enable-distributed-tracing=true",
            "--experimental-distributed-tracing-address=" + collector.Address, "--experimental-distributed-tracing-sampling-rate=" + rate);
        for (int i = 0; i < 8; i++)
        {
            await PutAsync(netcd, "mine", sampled: null);
        }

        await PutAsync(netcd, "unwanted", sampled: false);
        await PutAsync(netcd, "wanted", sampled: true);
        await netcd.TerminateAsync();
        Assert.Equal(spans, collector.Spans.Count(static span => span.Name == "etcdserverpb.KV/Put"));
        Assert.All(collector.Spans, static span => Assert.Equal("etcd", span.Resource["service.name"]));
        Assert.All(collector.Spans, static span => Assert.False(span.Resource.ContainsKey("service.instance.id")));
    }

    [Fact]
    public async Task A_call_that_fails_says_so_in_its_span_and_a_stream_is_a_span_as_long_as_it_lasts()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--enable-distributed-tracing", "--distributed-tracing-address", collector.Address,
            "--distributed-tracing-sampling-rate=1000000");
        await Assert.ThrowsAsync<RpcException>(async () => await new KV.KVClient(netcd.Channel).PutAsync(new PutRequest()));
        using (AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> renewals =
            new Lease.LeaseClient(netcd.Channel).LeaseKeepAlive())
        {
            await renewals.RequestStream.CompleteAsync();
            Assert.False(await renewals.ResponseStream.MoveNext(CancellationToken.None));
        }

        await netcd.TerminateAsync();
        CollectedSpan failed = Assert.Single(collector.Spans, static span => span.Name == "etcdserverpb.KV/Put");
        Assert.Equal("INVALID_ARGUMENT", failed.Attributes["rpc.response.status_code"]);
        CollectedSpan stream = Assert.Single(collector.Spans, static span => span.Name == "etcdserverpb.Lease/LeaseKeepAlive");
        Assert.Equal(("OK", ""), (stream.Attributes["rpc.response.status_code"], stream.ParentId));
    }

    [Fact]
    public async Task The_span_of_a_call_is_that_of_etcd()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        string[] tracing = Etcd35Flags(collector, "side-by-side");
        List<CollectedSpan> calls = [];
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            int before = collector.Spans.Count;
            await using ServerProcess server = await ServerProcess.ReadyAsync(
                program, folder.At(Path.GetFileName(program)), FreePort.Next(), tracing);
            await PutAsync(server, "beside", sampled: true);
            await Poll.UntilAsync(() => Task.FromResult(collector.Spans.Skip(before).Any(IsPut)));
            CollectedSpan call = collector.Spans.Skip(before).First(IsPut);
            Assert.Equal(server.Port.ToString(CultureInfo.InvariantCulture), call.Attributes["server.port"]);
            calls.Add(call);
        }

        (CollectedSpan etcd, CollectedSpan netcd) = (calls[0], calls[1]);
        Assert.Equal((etcd.Name, etcd.TraceId, etcd.ParentId), (netcd.Name, netcd.TraceId, netcd.ParentId));
        Assert.Equal(Without(etcd.Resource, ""), Without(netcd.Resource, ""));
        Assert.Equal(Without(etcd.Attributes, "server.port"), Without(netcd.Attributes, "server.port"));
    }

    [Fact]
    public async Task A_call_of_the_gateway_is_a_span_as_one_of_gRPC_under_the_caller_that_its_metadata_tells()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        string[] tracing = Etcd35Flags(collector, "gateway");
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            int before = collector.Spans.Count;
            await using ServerProcess server = await ServerProcess.ReadyAsync(
                program, folder.At(Path.GetFileName(program)), FreePort.Next(), tracing);
            await PostAsync(server, """{"key":"YQ==","value":"Yg=="}""", "Grpc-Metadata-Traceparent");
            await PostAsync(server, "{}", "Grpc-Metadata-Traceparent");
            await Poll.UntilAsync(() => Task.FromResult(collector.Spans.Skip(before).Count(IsPut) == 2));
            Assert.Equal(
                [("INVALID_ARGUMENT", Trace, Caller), ("OK", Trace, Caller)],
                collector.Spans.Skip(before).Where(IsPut)
                    .Select(static span => (span.Attributes["rpc.response.status_code"], span.TraceId, span.ParentId)).Order());
        }
    }

    [Fact]
    public async Task A_call_of_the_gateway_may_tell_its_caller_as_HTTP_does_and_has_stages_too()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--enable-distributed-tracing", "--distributed-tracing-address", collector.Address);
        await PostAsync(netcd, """{"key":"YQ==","value":"Yg=="}""", "traceparent");
        await netcd.TerminateAsync();
        CollectedSpan call = Assert.Single(collector.Spans, IsPut);
        Assert.Equal((Trace, Caller), (call.TraceId, call.ParentId));
        Assert.Equal(Stages, collector.Spans.Where(span => span.ParentId == call.Id).Select(static span => span.Name).Order());
    }

    [Fact]
    public async Task A_collector_that_is_not_there_costs_a_line_of_the_log_and_nothing_else_until_it_comes()
    {
        int port = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--enable-distributed-tracing", $"--distributed-tracing-address=127.0.0.1:{port}",
            "--distributed-tracing-sampling-rate=1000000");
        await Parallel.ForAsync(0, 3_000, async (_, _) => await PutAsync(netcd, "unheard", sampled: null));
        await Poll.UntilAsync(() => Task.FromResult(netcd.Log.Contains("failed to export traces", StringComparison.Ordinal)));
        await PutAsync(netcd, "unheard", sampled: null);
        await using TraceCollector collector = await TraceCollector.StartAsync(port);
        await Poll.UntilAsync(async () =>
        {
            await PutAsync(netcd, "heard", sampled: null);
            return netcd.Log.Contains("exporting traces again", StringComparison.Ordinal);
        });
        Assert.NotEmpty(collector.Spans);
        Assert.Equal(2, netcd.Log.Split("failed to export traces").Length);
        await netcd.TerminateAsync();
    }

    [Theory]
    [InlineData("distributed tracing configurition is not valid: (tracing sampling rate must be positive)", "sampling-rate=-1")]
    [InlineData(
        "distributed tracing configurition is not valid: (tracing sampling rate must be less than 1000000)", "sampling-rate=1000001")]
    [InlineData("--distributed-tracing-address \\\"http://a:1\\\" must be \\\"host:port\\\"", "address=http://a:1")]
    public async Task What_makes_no_sense_ends_the_start(string message, string flag)
    {
        (int exitCode, string log) = await ServerProcess.RefusedAsync(
            NetcdProgram.Path, folder.At("data"), FreePort.Next(), "--enable-distributed-tracing", "--distributed-tracing-" + flag);
        Assert.Equal(1, exitCode);
        Assert.Contains(message.Replace("\\\"", "\"", StringComparison.Ordinal), log, StringComparison.Ordinal);
    }

    private static IEnumerable<KeyValuePair<string, string>> Without(IReadOnlyDictionary<string, string> attributes, string name) =>
        attributes.Where(pair => pair.Key != name).OrderBy(static pair => pair.Key, StringComparer.Ordinal);

    private static bool IsPut(CollectedSpan span) => span.Name.EndsWith("/Put", StringComparison.Ordinal);

    private static async Task PostAsync(ServerProcess server, string body, string header)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{server.Endpoint}/v3/kv/put");
        request.Content = new StringContent(body);
        request.Headers.Add(header, $"00-{Trace}-{Caller}-01");
        using HttpResponseMessage response = await client.SendAsync(request);
    }

    private static async Task PutAsync(ServerProcess server, string key, bool? sampled)
    {
        Grpc.Core.Metadata headers = [];
        if (sampled is { } isSampled)
        {
            headers.Add("traceparent", $"00-{Trace}-{Caller}-{(isSampled ? "01" : "00")}");
        }

        await new KV.KVClient(server.Channel).PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8("value") }, headers);
    }

    /// <summary>Tracing by the names that etcd 3.5 has for it, which netcd takes too.</summary>
    private static string[] Etcd35Flags(TraceCollector collector, string instance) =>
    [
        "--experimental-enable-distributed-tracing=true", "--experimental-distributed-tracing-address=" + collector.Address,
        "--experimental-distributed-tracing-instance-id=" + instance,
    ];
}
