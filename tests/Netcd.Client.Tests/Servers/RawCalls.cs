using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.ClientTests.Servers;

/// <summary>Changes that are not made by the client under test.</summary>
internal static class RawCalls
{
    /// <summary>Deletes a key. Gives the revision.</summary>
    public static async Task<long> DeleteAsync(this GrpcChannel channel, string key) =>
        (await new KV.KVClient(channel).DeleteRangeAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) })).Header.Revision;

    /// <summary>Puts many large keys at one revision, which it gives.</summary>
    public static async Task<long> PutAllAsync(this GrpcChannel channel, string prefix, int keys, char letter, int size)
    {
        TxnRequest request = new();
        ByteString value = ByteString.CopyFromUtf8(new string(letter, size));
        for (int n = 0; n < keys; n++)
        {
            request.Success.Add(new RequestOp
            {
                RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8($"{prefix}{n:00}"), Value = value },
            });
        }

        return (await new KV.KVClient(channel).TxnAsync(request)).Header.Revision;
    }

    /// <summary>Compacts.</summary>
    public static async Task CompactAsync(this GrpcChannel channel, long revision) =>
        await new KV.KVClient(channel).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
}
