using System.Net.Http.Json;
using System.Text.Json;
using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Gateway;

/// <summary>Answers as JSON are whole whatever their size: below and beyond what is sent in one piece.</summary>
public sealed class LargeJsonTests
{
    private const int Keys = 330;
    private const int ValueBytes = 900;

    [Fact]
    public async Task A_range_of_any_size_is_answered_whole()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"));
        await FillAsync(server);
        using HttpClient http = new();
        for (int limit = 1; limit <= Keys; limit += limit < 90 || limit > 110 ? 7 : 1)
        {
            JsonElement range = await PostAsync(http, server, "kv/range", $$"""{"key":"AA==","range_end":"AA==","limit":{{limit}}}""");
            Assert.Equal(limit, range.GetProperty("kvs").GetArrayLength());
        }
    }

    [Fact]
    public async Task A_transaction_that_reads_much_is_answered_whole()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"));
        await FillAsync(server);
        using HttpClient http = new();
        JsonElement txn = await PostAsync(
            http, server, "kv/txn", """{"success":[{"request_range":{"key":"AA==","range_end":"AA=="}}]}""");
        JsonElement kvs = txn.GetProperty("responses")[0].GetProperty("response_range").GetProperty("kvs");
        Assert.Equal(Keys, kvs.GetArrayLength());
        Assert.All(kvs.EnumerateArray(), static kv => Assert.Equal(ValueBytes, kv.GetProperty("value").GetBytesFromBase64().Length));
    }

    private static async Task FillAsync(ServerProcess server)
    {
        foreach (int[] part in Enumerable.Range(0, Keys).Chunk(110))
        {
            TxnRequest txn = new();
            foreach (int n in part)
            {
                PutRequest put = new() { Key = ByteString.CopyFromUtf8($"json/{n:d4}"), Value = ByteString.CopyFrom(new byte[ValueBytes]) };
                txn.Success.Add(new RequestOp { RequestPut = put });
            }

            await new KV.KVClient(server.Channel).TxnAsync(txn);
        }
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, ServerProcess server, string path, string body)
    {
        using StringContent content = new(body);
        using HttpResponseMessage response = await http.PostAsync(new Uri($"http://{server.Endpoint}/v3/{path}"), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
