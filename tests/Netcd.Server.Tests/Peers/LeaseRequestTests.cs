using System.Text;
using Microsoft.AspNetCore.Http;
using Netcd.Protocol.Errors;
using Netcd.Server.Peers;
using Netcd.Server.Peers.Serving;

namespace Netcd.Server.Tests.Peers;

/// <summary>How members are answered that ask the leader about leases.</summary>
public sealed class LeaseRequestTests
{
    [Theory]
    [InlineData("/leases")]
    [InlineData("/leases/internal")]
    public async Task A_request_of_the_largest_size_is_passed_on_and_a_larger_one_refused(string path)
    {
        Assert.Equal((200, $"{PeerLimits.LeaseBodyBytes} bytes"), await AskAsync(path, new byte[PeerLimits.LeaseBodyBytes], Count));
        Assert.Equal((413, "request body too large\n"), await AskAsync(path, new byte[PeerLimits.LeaseBodyBytes + 1], Count));
    }

    [Fact]
    public async Task Refusals_have_the_status_that_etcd_gives_them()
    {
        Assert.Equal((404, "lease not found\n"), await AskAsync("/leases", [1], Fail(EtcdErrors.LeaseNotFound.ToException())));
        Assert.Equal(408, (await AskAsync("/leases", [1], Fail(EtcdErrors.Timeout.ToException()))).Status);
        Assert.Equal(408, (await AskAsync("/leases", [1], Fail(EtcdErrors.TimeoutWaitingForApply.ToException()))).Status);
        Assert.Equal((400, "not a primary lessor\n"), await AskAsync("/leases", [1], Fail(EtcdErrors.NotPrimaryLessor.ToException())));
        Assert.Equal(
            (500, "not a primary lessor\n"), await AskAsync("/leases/internal", [1], Fail(EtcdErrors.NotPrimaryLessor.ToException())));
        Assert.Equal((400, "error unmarshalling request\n"), await AskAsync("/leases", [1], Fail(new FormatException())));
        Assert.Equal((400, "etcdserver: not leader\n"), await AskAsync("/leases", [1], Fail(EtcdErrors.NotLeader.ToException())));
    }

    [Fact]
    public async Task Only_POST_is_allowed()
    {
        DefaultHttpContext http = new();
        http.Request.Method = "GET";
        await new LeaseRequests(new PeerServerOptions { RenewLeaseAsync = Count }).HandleAsync(http, "/leases");
        Assert.Equal(405, http.Response.StatusCode);
        Assert.Equal("POST", http.Response.Headers.Allow.ToString());
    }

    private static ValueTask<byte[]> Count(ReadOnlyMemory<byte> body, CancellationToken cancellation) =>
        ValueTask.FromResult(Encoding.ASCII.GetBytes($"{body.Length} bytes"));

    private static Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<byte[]>> Fail(Exception failure) =>
        (_, _) => ValueTask.FromException<byte[]>(failure);

    private static async Task<(int Status, string Text)> AskAsync(
        string path, byte[] body, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<byte[]>> answer)
    {
        DefaultHttpContext http = new();
        using MemoryStream sent = new(body);
        using MemoryStream told = new();
        http.Request.Method = "POST";
        http.Request.Body = sent;
        http.Response.Body = told;
        await new LeaseRequests(new PeerServerOptions { RenewLeaseAsync = answer, InspectLeaseAsync = answer }).HandleAsync(http, path);
        return (http.Response.StatusCode, Encoding.ASCII.GetString(told.ToArray()));
    }
}
