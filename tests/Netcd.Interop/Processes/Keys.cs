using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Processes;

/// <summary>Short calls on keys, and the whole of what a member holds.</summary>
internal static class Keys
{
    private const int InFlight = 64;

    public static async Task<PutResponse> PutAsync(this GrpcChannel channel, string key, string value) =>
        await new KV.KVClient(channel).PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) },
            deadline: DateTime.UtcNow.AddSeconds(30));

    public static async Task<RangeResponse> PrefixAsync(this GrpcChannel channel, string prefix)
    {
        byte[] end = System.Text.Encoding.UTF8.GetBytes(prefix);
        end[^1]++;
        return await new KV.KVClient(channel).RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = ByteString.CopyFrom(end) },
            deadline: DateTime.UtcNow.AddSeconds(30));
    }

    /// <summary>Puts many keys, many at a time.</summary>
    public static Task PutManyAsync(this GrpcChannel channel, string prefix, int count) => Parallel.ForAsync(
        0,
        count,
        new ParallelOptions { MaxDegreeOfParallelism = InFlight },
        async (n, _) => await channel.PutAsync($"{prefix}{n:00000}", $"value-{n}"));

    /// <summary>Everything that has to outlive a change of program: revision, hash of the history, every key.</summary>
    public static async Task<(long Revision, uint Hash, RangeResponse All)> ContentAsync(this GrpcChannel channel)
    {
        ByteString zero = ByteString.CopyFrom(0);
        RangeResponse all = await new KV.KVClient(channel).RangeAsync(new RangeRequest { Key = zero, RangeEnd = zero });
        HashKVResponse hash = await new Maintenance.MaintenanceClient(channel).HashKVAsync(new HashKVRequest());
        long revision = all.Header.Revision;
        all.Header = null;
        return (revision, hash.Hash, all);
    }
}
