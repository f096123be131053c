using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Netcd.Interop.Clusters;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Leases;

/// <summary>
/// Answers about very many keys or leases (finding H10) are built and encoded off the threads that all share, and are the same by every
/// way: of the leader, through a follower, compressed, as JSON.
/// </summary>
public sealed class LargeLeaseTests
{
    /// <summary>Beyond what is done on the pool.</summary>
    private const int Keys = 12_000;

    private const int Granted = 10_500;
    private const int PerTxn = 120;
    private static readonly Grpc.Core.Metadata Compressed = new() { { "grpc-internal-encoding-request", "gzip" } };

    [Fact]
    public async Task H10_the_keys_of_a_large_lease_are_the_same_by_every_way()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember leader = await cluster.LeaderAsync();
        ClusterMember follower = cluster.Members.First(member => member != leader);
        long id = (await leader.Channel.GrantAsync(600)).ID;
        string[] keys = [.. Enumerable.Range(0, Keys).Select(static n => $"large/{n:d6}")];
        foreach (string[] part in keys.Chunk(PerTxn))
        {
            await AttachAsync(leader, part, id);
        }

        LeaseTimeToLiveRequest request = new() { ID = id, Keys = true };
        Assert.Equal(keys, Names(await new Lease.LeaseClient(leader.Channel).LeaseTimeToLiveAsync(request)));
        Assert.Equal(keys, Names(await new Lease.LeaseClient(follower.Channel).LeaseTimeToLiveAsync(request)));
        Assert.Equal(keys, Names(await new Lease.LeaseClient(leader.Channel).LeaseTimeToLiveAsync(request, Compressed)));
        Assert.Equal(keys, await NamesOfJsonAsync(leader, id));
        Assert.Equal(keys, await NamesOfJsonAsync(follower, id));
    }

    [Fact]
    public async Task H10_a_long_list_of_leases_is_the_same_by_every_way()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(1);
        ClusterMember member = await cluster.LeaderAsync();
        long[] ids = [.. Enumerable.Range(1, Granted).Select(static n => (long)n * 7_919)];
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (id, stop) =>
            await new Lease.LeaseClient(member.Channel).LeaseGrantAsync(
                new LeaseGrantRequest { ID = id, TTL = 600 }, cancellationToken: stop));

        Lease.LeaseClient leases = new(member.Channel);
        LeaseLeasesResponse plain = await leases.LeaseLeasesAsync(new LeaseLeasesRequest());
        Assert.Equal(ids, plain.Leases.Select(static lease => lease.ID).Order());

        // With a field that nobody knows: of an empty message .NET's client makes a compressed one without any bytes, which is not gzip.
        LeaseLeasesRequest notEmpty = LeaseLeasesRequest.Parser.ParseFrom([0x78, 1]);
        Assert.Equal(plain.Leases, (await leases.LeaseLeasesAsync(notEmpty, Compressed)).Leases);
        JsonElement json = await PostAsync(member, "lease/leases", "{}");
        IEnumerable<string?> listed = json.GetProperty("leases").EnumerateArray()
            .Select(static lease => lease.GetProperty("ID").GetString());
        Assert.Equal(plain.Leases.Select(static lease => $"{lease.ID}"), listed);
    }

    private static async Task AttachAsync(ClusterMember member, string[] keys, long lease)
    {
        TxnRequest txn = new();
        foreach (string key in keys)
        {
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8(key), Lease = lease } });
        }

        await new KV.KVClient(member.Channel).TxnAsync(txn);
    }

    private static IEnumerable<string> Names(LeaseTimeToLiveResponse response) => response.Keys.Select(static key => key.ToStringUtf8());

    private static async Task<IEnumerable<string>> NamesOfJsonAsync(ClusterMember member, long id)
    {
        JsonElement answer = await PostAsync(member, "lease/timetolive", $$"""{"ID":"{{id}}","keys":true}""");
        return answer.GetProperty("keys").EnumerateArray().Select(static key => Encoding.UTF8.GetString(key.GetBytesFromBase64()));
    }

    private static async Task<JsonElement> PostAsync(ClusterMember member, string path, string body)
    {
        using HttpClient http = new();
        using StringContent content = new(body);
        using HttpResponseMessage response = await http.PostAsync(new Uri($"http://{member.Endpoint}/v3/{path}"), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
