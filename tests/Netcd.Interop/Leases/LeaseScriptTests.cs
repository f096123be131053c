using System.Globalization;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Leases;

/// <summary>Random calls on leases, keys and transactions to etcd and to netcd: the same answers, and the same history after
/// them.</summary>
public sealed class LeaseScriptTests
{
    private const int Calls = 500;

#pragma warning disable CA5394 // The script follows a seed.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_calls_with_leases_are_answered_as_etcd_answers_them(int seed)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        Random random = new(seed);
        StringBuilder differences = new();
        for (int n = 0; n < Calls; n++)
        {
            IMessage request = Next(random);
            string etcd = await AskAsync(pair.Etcd.Channel, request);
            string netcd = await AskAsync(pair.Netcd.Channel, request);
            if (etcd != netcd)
            {
                differences.Append(
                    CultureInfo.InvariantCulture, $"\ncall {n}: {request.Descriptor.Name} {request}\n  etcd:  {etcd}\n  netcd: {netcd}");
            }
        }

        Assert.True(differences.Length == 0, $"seed {seed}:{differences}");
        (long Revision, uint Hash, RangeResponse All) content = await pair.Etcd.Channel.ContentAsync();
        Assert.True(content.Revision > Calls / 4, $"only {content.Revision} revisions were made");
        Assert.Equal(content, await pair.Netcd.Channel.ContentAsync());
        Assert.Equal(await pair.Etcd.Channel.LeasesAsync(), await pair.Netcd.Channel.LeasesAsync());
        for (long id = -3; id < 6; id++)
        {
            Assert.Equal(Describe(await pair.Etcd.Channel.TimeToLiveAsync(id)), Describe(await pair.Netcd.Channel.TimeToLiveAsync(id)));
        }
    }

    private static IMessage Next(Random random) => random.Next(12) switch
    {
        0 or 1 => new LeaseGrantRequest { ID = Id(random), TTL = random.Next(20) == 0 ? 9_000_000_001 : 1_000 + random.Next(1_000) },
        2 => new LeaseRevokeRequest { ID = Id(random) },
        3 => new LeaseTimeToLiveRequest { ID = Id(random), Keys = true },
        4 => new LeaseKeepAliveRequest { ID = Id(random) },
        5 => Delete(random),
        6 => Transaction(random, 2),
        _ => Put(random),
    };

    private static TxnRequest Transaction(Random random, int depth)
    {
        TxnRequest request = new();
        request.Compare.Add(new Compare
        {
            Key = Key(random),
            Target = Compare.Types.CompareTarget.Lease,
            Result = (Compare.Types.CompareResult)random.Next(4),
            Lease = random.Next(3) == 0 ? 0 : Id(random),
        });
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            request.Success.Add(Operation(random, depth));
            request.Failure.Add(Operation(random, depth));
        }

        return request;
    }

    private static RequestOp Operation(Random random, int depth) => random.Next(6) switch
    {
        0 => new RequestOp { RequestDeleteRange = Delete(random) },
        1 => new RequestOp { RequestRange = new RangeRequest { Key = Key(random) } },
        2 when depth > 0 => new RequestOp { RequestTxn = Transaction(random, depth - 1) },
        _ => new RequestOp { RequestPut = Put(random) },
    };

    private static PutRequest Put(Random random)
    {
        bool ignores = random.Next(6) == 0;
        return new PutRequest
        {
            Key = Key(random),
            Value = ByteString.CopyFromUtf8(random.Next(100).ToString(CultureInfo.InvariantCulture)),
            Lease = ignores || random.Next(3) == 0 ? 0 : Id(random),
            IgnoreLease = ignores,
            PrevKv = random.Next(3) == 0,
        };
    }

    private static DeleteRangeRequest Delete(Random random) => random.Next(2) == 0
        ? new DeleteRangeRequest { Key = Key(random), PrevKv = true }
        : new DeleteRangeRequest { Key = Key(random), RangeEnd = Key(random) };

    private static ByteString Key(Random random) =>
        ByteString.CopyFromUtf8("k" + random.Next(14).ToString("00", CultureInfo.InvariantCulture));

    /// <summary>0 is left out: then the server chooses.</summary>
    private static long Id(Random random) => random.Next(-3, 5) is var id && id < 0 ? id : id + 1;
#pragma warning restore CA5394

    private static async Task<string> AskAsync(GrpcChannel channel, IMessage request)
    {
        Lease.LeaseClient leases = new(channel);
        KV.KVClient keys = new(channel);
        DateTime deadline = DateTime.UtcNow.AddSeconds(30);
        try
        {
            return Describe(request switch
            {
                LeaseGrantRequest grant => await leases.LeaseGrantAsync(grant, deadline: deadline),
                LeaseRevokeRequest revoke => await leases.LeaseRevokeAsync(revoke, deadline: deadline),
                LeaseTimeToLiveRequest look => await leases.LeaseTimeToLiveAsync(look, deadline: deadline),
                LeaseKeepAliveRequest keep => await channel.KeepAliveAsync(keep.ID),
                PutRequest put => await keys.PutAsync(put, deadline: deadline),
                DeleteRangeRequest delete => await keys.DeleteRangeAsync(delete, deadline: deadline),
                TxnRequest transaction => await keys.TxnAsync(transaction, deadline: deadline),
                _ => throw new ArgumentException("no such call", nameof(request)),
            });
        }
        catch (RpcException failure)
        {
            return $"{failure.StatusCode}: {failure.Status.Detail}";
        }
    }

    /// <summary>The answer without what is each member's own, the seconds that pass while the test runs, and etcd's order of keys, which is
    /// none.</summary>
    private static string Describe(IMessage response)
    {
        ResponseHeader header = (ResponseHeader)response.Descriptor.FindFieldByName("header").Accessor.GetValue(response);
        (header.ClusterId, header.MemberId, header.RaftTerm) = (0, 0, 0);

        if (response is LeaseTimeToLiveResponse look)
        {
            ByteString[] keys = [.. look.Keys.OrderBy(key => key.ToStringUtf8(), StringComparer.Ordinal)];
            look.Keys.Clear();
            look.Keys.AddRange(keys);
            look.TTL = look.TTL > 0 ? look.GrantedTTL - look.TTL < 60 ? 1 : 0 : look.TTL;
        }

        return response.ToString()!;
    }
}
