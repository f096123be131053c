using System.Net;
using System.Text;
using System.Text.Json;
using Netcd.Server.Peers;

namespace Netcd.Server.Tests.Peers;

/// <summary>How a running member answers others that compare their keys with its own.</summary>
public sealed class PeerHashTests(PeerPort port) : IClassFixture<PeerPort>
{
    [Fact]
    public async Task The_sum_is_the_one_that_clients_are_told()
    {
        await port.AssertServesAsync();
        long revision = (await AskAsync("{}")).GetProperty("hash_revision").GetInt64();
        await port.AssertServesAsync();
        JsonElement told = await AskAsync($$"""{"revision":{{revision}}}""");
        using JsonDocument client = await port.CallAsync("/v3/maintenance/hashkv", $$"""{"revision":"{{revision}}"}""");
        Assert.Equal(client.RootElement.GetProperty("hash").GetUInt32(), told.GetProperty("hash").GetUInt32());
        Assert.Equal(revision, told.GetProperty("hash_revision").GetInt64());
        Assert.Equal(revision + 1, told.GetProperty("header").GetProperty("revision").GetInt64());
    }

    [Fact]
    public async Task Without_a_revision_the_latest_is_summed()
    {
        await port.AssertServesAsync();
        JsonElement told = await AskAsync("{}");
        Assert.Equal(told.GetProperty("header").GetProperty("revision").GetInt64(), told.GetProperty("hash_revision").GetInt64());
    }

    [Theory]
    [InlineData("""{"revision":1000000}""", "mvcc: required revision is a future revision")]
    [InlineData("""{"revision":"2"}""", "error unmarshalling request")]
    [InlineData("[]", "error unmarshalling request")]
    [InlineData("", "error unmarshalling request")]
    public async Task What_cannot_be_summed_is_refused_in_etcds_words(string body, string reason) =>
        Assert.Equal(
            (HttpStatusCode.BadRequest, reason),
            await port.SendAsync(port.Request(HttpMethod.Get, "/members/hashkv", Encoding.UTF8.GetBytes(body))));

    [Fact]
    public async Task A_compacted_revision_is_refused_in_etcds_words()
    {
        await port.AssertServesAsync();
        await port.AssertServesAsync();
        await port.AssertServesAsync();
        (await port.CallAsync("/v3/kv/compaction", """{"revision":"4","physical":true}""")).Dispose();
        Assert.Equal(
            (HttpStatusCode.BadRequest, "mvcc: required revision has been compacted"),
            await port.SendAsync(port.Request(HttpMethod.Get, "/members/hashkv", """{"revision":2}"""u8.ToArray())));
    }

    [Fact]
    public async Task A_member_of_another_cluster_is_told_nothing()
    {
        HttpRequestMessage request = port.Request(HttpMethod.Get, "/members/hashkv", "{}"u8.ToArray());
        request.Headers.Remove(PeerHeaders.ClusterId);
        request.Headers.Add(PeerHeaders.ClusterId, "1");
        Assert.Equal((HttpStatusCode.PreconditionFailed, "cluster ID mismatch"), await port.SendAsync(request));
    }

    [Fact]
    public async Task Only_GET_is_allowed() => Assert.Equal(
        (HttpStatusCode.MethodNotAllowed, "Method Not Allowed"),
        await port.SendAsync(port.Request(HttpMethod.Post, "/members/hashkv", "{}"u8.ToArray())));

    private async Task<JsonElement> AskAsync(string body)
    {
        (HttpStatusCode status, string text) = await port.SendAsync(
            port.Request(HttpMethod.Get, "/members/hashkv", Encoding.UTF8.GetBytes(body)));
        Assert.True(status == HttpStatusCode.OK, text);
        using JsonDocument answer = JsonDocument.Parse(text);
        return answer.RootElement.Clone();
    }
}
