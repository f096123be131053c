using System.Net;
using System.Text.Json;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Peers;

namespace Netcd.Server.Tests.Peers;

/// <summary>Who is listened to on the peer port, who is not, and how each is told.</summary>
public sealed class PeerIdentityTests(PeerPort port) : IClassFixture<PeerPort>
{
    private const string Stranger = "/raft/stream/message/abc";

    private byte[] Heartbeat => RaftWire.Encode(new Message { Type = MessageType.Heartbeat, From = 0xabc, To = port.MemberId });

    [Theory]
    [InlineData("GET", "/raft/stream/msgapp/abc")]
    [InlineData("GET", Stranger)]
    [InlineData("POST", "/raft")]
    [InlineData("POST", "/raft/snapshot")]
    public async Task A_member_of_another_cluster_is_refused(string method, string path)
    {
        using HttpRequestMessage request = port.Request(new HttpMethod(method), path, method == "POST" ? Heartbeat : null);
        request.Headers.Remove(PeerHeaders.ClusterId);
        request.Headers.Add(PeerHeaders.ClusterId, "1234");
        using HttpResponseMessage answer = await port.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        Assert.Equal("cluster ID mismatch\n", await answer.Content.ReadAsStringAsync());
        Assert.Equal(port.ClusterId, answer.Headers.GetValues(PeerHeaders.ClusterId).Single());
        await port.AssertServesAsync();
    }

    [Theory]
    [InlineData("2.3.8", "2.3.0")]
    [InlineData("4.0.0", "4.0.0")]
    [InlineData("nonsense", "3.0.0")]
    [InlineData("3.7.0", "3.99.0")]
    public async Task A_member_of_a_version_that_does_not_go_with_ours_is_refused(string version, string least)
    {
        using HttpRequestMessage request = port.Request(HttpMethod.Get, Stranger);
        request.Headers.Remove(PeerHeaders.Version);
        request.Headers.Add(PeerHeaders.Version, version);
        request.Headers.Remove(PeerHeaders.MinClusterVersion);
        request.Headers.Add(PeerHeaders.MinClusterVersion, least);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "incompatible version"), await port.SendAsync(request));
    }

    [Theory]
    [InlineData(Stranger, "error sender not found")]
    [InlineData("/raft/stream/message/xyz", "invalid from")]
    [InlineData("/raft/stream/message/", "invalid path")]
    [InlineData("/raft/stream/other/abc", "invalid path")]
    [InlineData("/raft/other", "404 page not found")]
    [InlineData("/etcdserverpb.KV/Put", "404 page not found")]
    [InlineData("/v3/kv/put", "404 page not found")]
    public async Task Unknown_members_and_paths_are_not_found(string path, string text)
    {
        using HttpRequestMessage request = port.Request(HttpMethod.Get, path);
        Assert.Equal((HttpStatusCode.NotFound, text), await port.SendAsync(request));
    }

    [Fact]
    public async Task A_stream_that_is_meant_for_another_member_is_refused()
    {
        ulong learner = await port.AddLearnerAsync("http://127.0.0.1:1");
        using HttpRequestMessage request = port.Request(HttpMethod.Get, "/raft/stream/message/" + PeerHeaders.Hex(learner));
        request.Headers.Remove(PeerHeaders.To);
        request.Headers.Add(PeerHeaders.To, "5678");
        Assert.Equal((HttpStatusCode.PreconditionFailed, "to field mismatch"), await port.SendAsync(request));
        await port.RemoveAsync(learner);
    }

    [Fact]
    public async Task A_message_that_is_meant_for_another_member_is_refused()
    {
        byte[] message = RaftWire.Encode(new Message { Type = MessageType.Heartbeat, From = 0xabc, To = port.MemberId + 1 });
        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft", message);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "cannot process message to mismatch member"), await port.SendAsync(request));
    }

    [Fact]
    public async Task A_removed_member_is_told_so_on_every_path()
    {
        ulong removed = await port.AddLearnerAsync("http://127.0.0.1:2");
        await port.RemoveAsync(removed);
        using HttpRequestMessage stream = port.Request(HttpMethod.Get, "/raft/stream/msgapp/" + PeerHeaders.Hex(removed));
        Assert.Equal((HttpStatusCode.Gone, "removed member"), await port.SendAsync(stream));

        byte[] message = RaftWire.Encode(new Message { Type = MessageType.Vote, From = removed, To = port.MemberId, Term = 99 });
        foreach (string path in (string[])["/raft", "/raft/snapshot"])
        {
            using HttpRequestMessage post = port.Request(HttpMethod.Post, path, message, removed);
            Assert.Equal(
                (HttpStatusCode.Forbidden, """{"message":"cannot process message from removed member"}"""), await port.SendAsync(post));
        }

        await port.AssertServesAsync();
    }

    [Fact]
    public async Task Members_version_and_probes_are_answered()
    {
        using HttpRequestMessage members = port.Request(HttpMethod.Get, "/members");
        (HttpStatusCode status, string text) = await port.SendAsync(members);
        Assert.Equal(HttpStatusCode.OK, status);
        using JsonDocument list = JsonDocument.Parse(text);
        JsonElement self = list.RootElement.EnumerateArray().Single(member => member.GetProperty("id").GetUInt64() == port.MemberId);
        Assert.Equal("default", self.GetProperty("name").GetString());
        Assert.Equal($"http://127.0.0.1:{port.Port}", self.GetProperty("peerURLs").EnumerateArray().Single().GetString());

        using HttpRequestMessage version = port.Request(HttpMethod.Get, "/version");
        (status, text) = await port.SendAsync(version);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Matches("""^\{"etcdserver":"3\.\d+\.\d+","etcdcluster":"3\.\d+\.\d+".*\}$""", text);

        using HttpRequestMessage probe = port.Request(HttpMethod.Get, "/raft/probing");
        (status, text) = await port.SendAsync(probe);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Matches("""^\{"OK":true,"Now":"\d{4}-\d\d-\d\dT[0-9:.]+Z"\}$""", text);
    }

    [Theory]
    [InlineData("GET", "/raft", "POST")]
    [InlineData("GET", "/raft/snapshot", "POST")]
    [InlineData("POST", Stranger, "GET")]
    [InlineData("POST", "/members", "GET")]
    [InlineData("GET", "/members/promote/1", "POST")]
    public async Task Other_methods_are_not_allowed(string method, string path, string allowed)
    {
        using HttpRequestMessage request = port.Request(new HttpMethod(method), path);
        using HttpResponseMessage answer = await port.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(allowed, answer.Content.Headers.Allow.Single());
    }

    [Theory]
    [InlineData("/members/promote/zzz", "member zzz not found in cluster")]
    [InlineData("/members/promote/1234", "membership: ID not found")]
    public async Task Only_members_are_promoted(string path, string text)
    {
        using HttpRequestMessage request = port.Request(HttpMethod.Post, path);
        Assert.Equal((HttpStatusCode.NotFound, text), await port.SendAsync(request));
    }
}
