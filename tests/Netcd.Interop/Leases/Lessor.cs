using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Leases;

/// <summary>Short calls on leases.</summary>
internal static class Lessor
{
    private static DateTime Deadline => DateTime.UtcNow.AddSeconds(30);

    public static async Task<LeaseGrantResponse> GrantAsync(this GrpcChannel channel, long ttl, long id = 0) =>
        await new Lease.LeaseClient(channel).LeaseGrantAsync(new LeaseGrantRequest { TTL = ttl, ID = id }, deadline: Deadline);

    public static async Task<LeaseTimeToLiveResponse> TimeToLiveAsync(this GrpcChannel channel, long id) =>
        await new Lease.LeaseClient(channel).LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = id, Keys = true }, deadline: Deadline);

    public static async Task<long[]> LeasesAsync(this GrpcChannel channel)
    {
        LeaseLeasesResponse response = await new Lease.LeaseClient(channel).LeaseLeasesAsync(new LeaseLeasesRequest(), deadline: Deadline);
        return [.. response.Leases.Select(lease => lease.ID).Order()];
    }

    /// <summary>One keep-alive on a stream of its own.</summary>
    public static async Task<LeaseKeepAliveResponse> KeepAliveAsync(this GrpcChannel channel, long id, DateTime? deadline = null)
    {
        using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = new Lease.LeaseClient(channel).LeaseKeepAlive(
            deadline: deadline ?? Deadline);
        await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None), "the stream ended without an answer");
        LeaseKeepAliveResponse response = call.ResponseStream.Current;
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None), "a second answer to one keep-alive");
        return response;
    }

    /// <summary>Keep-alives that are sent together, and their answers as they come.</summary>
    public static async Task<List<LeaseKeepAliveResponse>> KeepAliveAsync(this GrpcChannel channel, IReadOnlyList<long> ids)
    {
        using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call =
            new Lease.LeaseClient(channel).LeaseKeepAlive(deadline: Deadline);
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
        foreach (long id in ids)
        {
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id });
        }

        await call.RequestStream.CompleteAsync();
        List<LeaseKeepAliveResponse> answers = [];
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            answers.Add(call.ResponseStream.Current);
        }

        return answers;
    }

    public static async Task<PutResponse> PutAsync(
        this GrpcChannel channel, string key, string value, long lease) => await new KV.KVClient(channel).PutAsync(
        new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease }, deadline: Deadline);

    /// <summary>Waits until something is so.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what, int seconds = 40)
    {
        for (DateTime end = DateTime.UtcNow.AddSeconds(seconds); !await condition();)
        {
            Assert.True(DateTime.UtcNow < end, $"in vain: {what}");
            await Task.Delay(50);
        }
    }
}
