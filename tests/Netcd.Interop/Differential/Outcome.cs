using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Differential;

/// <summary>What a call came to: a response or an error.</summary>
internal sealed record Outcome(IMessage? Response, Status Error)
{
    /// <summary>Sends one call of the KV service.</summary>
    public static async Task<Outcome> OfAsync(GrpcChannel channel, IMessage request)
    {
        KV.KVClient client = new(channel);
        DateTime deadline = DateTime.UtcNow.AddSeconds(30);
        try
        {
            IMessage response = request switch
            {
                RangeRequest range => await client.RangeAsync(range, deadline: deadline),
                PutRequest put => await client.PutAsync(put, deadline: deadline),
                DeleteRangeRequest delete => await client.DeleteRangeAsync(delete, deadline: deadline),
                TxnRequest transaction => await client.TxnAsync(transaction, deadline: deadline),
                CompactionRequest compaction => await client.CompactAsync(compaction, deadline: deadline),
                _ => throw new ArgumentException("no call of KV", nameof(request)),
            };
            return new Outcome(response, Status.DefaultSuccess);
        }
        catch (RpcException failure)
        {
            return new Outcome(null, failure.Status);
        }
    }

    public ResponseHeader? Header => Response switch
    {
        RangeResponse range => range.Header,
        PutResponse put => put.Header,
        DeleteRangeResponse delete => delete.Header,
        TxnResponse transaction => transaction.Header,
        CompactionResponse compaction => compaction.Header,
        _ => null,
    };

    public override string ToString() => Response?.ToString() ?? $"{Error.StatusCode}: {Error.Detail}";

    /// <summary>Whether two outcomes are the same to a client, the identity of the member aside.</summary>
    public static bool Same(IMessage request, Outcome etcd, Outcome netcd)
    {
        foreach (Outcome outcome in (Outcome[])[etcd, netcd])
        {
            if (outcome.Header is { } header)
            {
                (header.ClusterId, header.MemberId, header.RaftTerm) = (0, 0, 0);
                SortTies.Settle(request, outcome.Response!);
            }
        }

        if (etcd.Response is null || netcd.Response is null)
        {
            return etcd.Response is null && netcd.Response is null
                && ((etcd.Error.StatusCode == netcd.Error.StatusCode && etcd.Error.Detail == netcd.Error.Detail)
                    || ExpectedDifferences.Errors.Any(known => known.Covers(etcd.Error, netcd.Error)));
        }

        return etcd.Response.Equals(netcd.Response);
    }
}
