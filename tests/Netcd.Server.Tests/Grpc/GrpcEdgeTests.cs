using System.Net;
using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Server.Tests.Gateway;

namespace Netcd.Server.Tests.Grpc;

/// <summary>What is at the edge of gRPC: other protocols at its paths, and requests that are no messages.</summary>
public sealed class GrpcEdgeTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const string GrpcContent = "application/grpc";

    /// <summary>A length-delimited field of ten bytes that holds one.</summary>
    private static readonly byte[] TruncatedMessage = [0x0a, 10, 1];

    [Theory]
    [InlineData("/etcdserverpb.KV/Range")]
    [InlineData("/etcdserverpb.KV/RangeStream")]
    [InlineData("/etcdserverpb.Maintenance/Status")]
    [InlineData("/etcdserverpb.Cluster/NoSuchMethod")]
    public async Task A_service_is_not_found_over_http_1(string path)
    {
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Get])
        {
            using HttpResponseMessage answer = await SendAsync(method, path, Frame([]), HttpVersion.Version11, GrpcContent);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("404 page not found\n", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_service_is_refused_over_http_2_without_the_content_type_of_grpc()
    {
        using HttpResponseMessage answer = await SendAsync(
            HttpMethod.Post, "/etcdserverpb.KV/Range", Frame([]), HttpVersion.Version20, "application/json");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal("3", Header(answer, "grpc-status"));
        Assert.Equal("invalid gRPC request content-type \"application/json\"", Header(answer, "grpc-message"));
    }

    [Theory]
    [InlineData("/etcdserverpb.KV/Put", "grpc: error unmarshalling request: unexpected EOF")]
    [InlineData("/etcdserverpb.KV/RangeStream", "grpc: failed to unmarshal the received message: unexpected EOF")]
    [InlineData("/etcdserverpb.Cluster/MemberAdd", "grpc: error unmarshalling request: unexpected EOF")]
    [InlineData("/etcdserverpb.Maintenance/HashKV", "grpc: error unmarshalling request: proto: wrong wireType = 2 for field Revision")]
    [InlineData("/etcdserverpb.Maintenance/Snapshot", "grpc: failed to unmarshal the received message: unexpected EOF")]
    public async Task A_request_that_is_no_message_gets_the_code_and_words_of_etcd(string path, string words)
    {
        using HttpResponseMessage answer = await SendAsync(
            HttpMethod.Post, path, Frame(TruncatedMessage), HttpVersion.Version20, GrpcContent);
        Assert.Equal("13", Header(answer, "grpc-status"));
        Assert.Equal(words, Header(answer, "grpc-message"));
    }

    [Theory]
    [InlineData("/etcdserverpb.KV/Put")]
    [InlineData("/etcdserverpb.Maintenance/HashKV")]
    [InlineData("/etcdserverpb.Maintenance/Snapshot")]
    public async Task A_request_that_says_it_has_gigabytes_gets_the_code_and_words_of_etcd(string path)
    {
        using HttpResponseMessage answer = await SendAsync(
            HttpMethod.Post, path, [0, 0xff, 0xff, 0xff, 0xff, 1], HttpVersion.Version20, GrpcContent);
        Assert.Equal("8", Header(answer, "grpc-status"));
        Assert.StartsWith(
            "grpc: received message larger than max (4294967295 vs. ",
            Uri.UnescapeDataString(Header(answer, "grpc-message")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00000000020aff", "13", "grpc: failed to unmarshal the received message: ")]
    [InlineData("0000000002", "13", "unexpected EOF")]
    [InlineData("000000", "0", "")]
    public async Task Keep_alives_before_what_is_no_request_are_answered_in_their_order(string end, string code, string words)
    {
        byte[] body = [.. Enumerable.Range(1, 100).SelectMany(static id => Frame(new LeaseKeepAliveRequest { ID = id }.ToByteArray())),
            .. Convert.FromHexString(end)];
        using HttpResponseMessage answer = await SendAsync(
            HttpMethod.Post, "/etcdserverpb.Lease/LeaseKeepAlive", body, HttpVersion.Version20, GrpcContent);
        Assert.Equal(code, Header(answer, "grpc-status"));
        Assert.StartsWith(words, Uri.UnescapeDataString(Header(answer, "grpc-message")), StringComparison.Ordinal);
        byte[] rest = await answer.Content.ReadAsByteArrayAsync();
        for (int id = 1; id <= 100; id++)
        {
            LeaseKeepAliveResponse response = LeaseKeepAliveResponse.Parser.ParseFrom(rest, 5, rest[4]);
            Assert.Equal((id, 0), (response.ID, response.TTL));
            Assert.NotEqual(0ul, response.Header.MemberId);
            rest = rest[(5 + rest[4])..];
        }

        Assert.Empty(rest);
    }

    private static byte[] Frame(byte[] message) => [0, 0, 0, 0, (byte)message.Length, .. message];

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || answer.Headers.TryGetValues(name, out values)
            ? string.Join(',', values)
            : "";

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[] body, Version version, string contentType)
    {
        using HttpRequestMessage request = new(method, path)
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        HttpResponseMessage answer = await server.Client.SendAsync(request);
        await answer.Content.LoadIntoBufferAsync();
        return answer;
    }
}
