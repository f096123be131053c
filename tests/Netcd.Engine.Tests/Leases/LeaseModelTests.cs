using System.Globalization;
using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Requests;
using Netcd.Engine.Tests.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Leases;

/// <summary>Leases and their keys against a model that looks through everything each time, over restarts.</summary>
public sealed class LeaseModelTests
{
    private const int Requests = 500;
    private const int Keys = 15;

    private readonly Dictionary<long, long> leases = [];
    private readonly SortedDictionary<string, long> keys = new(StringComparer.Ordinal);
    private long revision = 1;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_grants_revocations_and_writes_attach_and_detach_as_the_model_does(int seed)
    {
        Random random = new(seed);
        SimulatedDisk disk = new(keepLog: false);
        SteppedNode node = new(disk, seed);
        try
        {
            for (int n = 0; n < Requests; n++)
            {
                Do(node, random, n);
                if (random.Next(40) == 0)
                {
                    node = Restart(node, disk, seed + n, isClean: random.Next(2) == 0);
                }

                if (random.Next(20) == 0)
                {
                    Compare(node, $"seed {seed}, request {n}");
                }
            }

            node = Restart(node, disk, seed, isClean: true);
            Compare(node, $"seed {seed}, at the end");
        }
        finally
        {
            node.Dispose();
        }
    }

    private static SteppedNode Restart(SteppedNode node, SimulatedDisk disk, int seed, bool isClean)
    {
        if (isClean)
        {
            bool isCommitted = false;
            node.Node.Backend.ForceCommit(() => isCommitted = true);
            node.RunUntil(() => isCommitted, "commit");
        }

        node.Dispose();
        return new SteppedNode(disk, seed);
    }

    private void Do(SteppedNode node, Random random, int number)
    {
        switch (random.Next(10))
        {
            case 0:
                Grant(node, random.Next(1, 8), random.Next(3) == 0 ? -5 : random.Next(1_000_000));
                break;
            case 1:
                Revoke(node, random.Next(1, 8));
                break;
            case 2 or 3:
                Delete(node, random.Next(Keys), random.Next(Keys));
                break;
            case 4:
                Transact(node, random);
                break;
            default:
                Put(node, Key(random.Next(Keys)), Lease(random), random.Next(6) == 0, number);
                break;
        }
    }

    private void Grant(SteppedNode node, long id, long ttl)
    {
        // Of all lengths a grant may have, none shall end while the test runs.
        ttl = ttl < 0 ? 3_000_000 : ttl + 2_000_000;
        ApplyResult result = node.Run(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = ttl } });
        if (!leases.TryAdd(id, ttl))
        {
            Assert.Equal(EtcdErrors.LeaseExists, result.Error);
            return;
        }

        LeaseGrantResponse response = Assert.IsType<LeaseGrantResponse>(result.Response);
        Assert.Equal((id, ttl, revision), (response.ID, response.TTL, response.Header.Revision));
    }

    private void Revoke(SteppedNode node, long id)
    {
        ApplyResult result = node.Run(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = id } });
        if (!leases.Remove(id))
        {
            Assert.Equal(EtcdErrors.LeaseNotFound, result.Error);
            return;
        }

        string[] gone = [.. keys.Where(pair => pair.Value == id).Select(pair => pair.Key)];
        revision += gone.Length > 0 ? 1 : 0;
        Array.ForEach(gone, key => keys.Remove(key));
        Assert.Equal(revision, Assert.IsType<LeaseRevokeResponse>(result.Response).Header.Revision);
    }

    private void Delete(SteppedNode node, int first, int last)
    {
        string end = first < last ? Key(last) : "";
        DeleteRangeRequest request = new() { Key = ByteString.CopyFromUtf8(Key(first)), RangeEnd = ByteString.CopyFromUtf8(end) };
        node.Run(new InternalRaftRequest { DeleteRange = request });
        revision += Remove(Key(first), end) ? 1 : 0;
    }

    private bool Remove(string key, string end)
    {
        string[] gone = end.Length == 0
            ? [.. keys.Keys.Where(one => one == key)]
            : [.. keys.Keys.Where(one => string.CompareOrdinal(one, key) >= 0 && string.CompareOrdinal(one, end) < 0)];
        Array.ForEach(gone, one => keys.Remove(one));
        return gone.Length > 0;
    }

    private void Put(SteppedNode node, string key, long lease, bool ignoresLease, int number)
    {
        PutRequest request = PutOf(key, lease, ignoresLease, number);
        ApplyResult result = node.Run(new InternalRaftRequest { Put = request });
        if (Refusal(request) is { } refusal)
        {
            Assert.Equal(refusal, result.Error);
            return;
        }

        revision++;
        Note(request);
        Assert.Equal(revision, Assert.IsType<PutResponse>(result.Response).Header.Revision);
    }

    /// <summary>Deletes all keys and puts some, in one revision; a put refused refuses all of it.</summary>
    private void Transact(SteppedNode node, Random random)
    {
        PutRequest[] puts = [.. Enumerable.Range(Keys, 3).Select(key => PutOf(Key(key), Lease(random), random.Next(6) == 0, key))];
        TxnRequest request = new();
        request.Success.Add(new RequestOp
        {
            RequestDeleteRange = new DeleteRangeRequest
            {
                Key = ByteString.CopyFromUtf8(Key(0)),
                RangeEnd = ByteString.CopyFromUtf8(Key(Keys)),
            },
        });
        request.Success.AddRange(puts.Select(put => new RequestOp { RequestPut = put }));
        ApplyResult result = node.Run(new InternalRaftRequest { Txn = request });
        if (puts.Select(Refusal).FirstOrDefault(refusal => refusal is not null) is { } refused)
        {
            Assert.Equal(refused, result.Error);
            return;
        }

        revision++;
        Remove(Key(0), Key(Keys));
        Array.ForEach(puts, Note);
        Assert.Equal(revision, Assert.IsType<TxnResponse>(result.Response).Header.Revision);
    }

    private EtcdError? Refusal(PutRequest put)
    {
        if (put.Lease != 0 && !leases.ContainsKey(put.Lease))
        {
            return EtcdErrors.LeaseNotFound;
        }

        return put.IgnoreLease && !keys.ContainsKey(put.Key.ToStringUtf8()) ? EtcdErrors.KeyNotFound : null;
    }

    private void Note(PutRequest put)
    {
        string key = put.Key.ToStringUtf8();
        keys[key] = put.IgnoreLease ? keys[key] : put.Lease;
    }

    private void Compare(SteppedNode node, string where)
    {
        // After a restart the list is what this member has applied so far: a read waits for all that was acknowledged.
        RangeResponse all = node.Read(new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) });
        Assert.True(leases.Keys.Order().SequenceEqual(node.Answer(LeaseQuery.List).Leases.Order()), where);
        for (long id = 1; id < 8; id++)
        {
            LeaseAnswer answer = node.Answer(LeaseQuery.InspectWithKeys, id);
            if (!leases.TryGetValue(id, out long ttl))
            {
                Assert.True(answer.Error == EtcdErrors.LeaseNotFound, where);
                continue;
            }

            Assert.True(answer.Error is null && answer.GrantedSeconds == ttl, where);
            IEnumerable<string> attached = answer.Keys.Select(key => ByteString.CopyFrom(key).ToStringUtf8()).Order(StringComparer.Ordinal);
            Assert.True(keys.Where(pair => pair.Value == id).Select(pair => pair.Key).SequenceEqual(attached), $"{where}, lease {id}");
        }

        Assert.True(revision == all.Header.Revision, where);
        Assert.True(
            keys.Select(pair => (pair.Key, pair.Value)).SequenceEqual(all.Kvs.Select(kv => (kv.Key.ToStringUtf8(), kv.Lease))), where);
    }

    private static PutRequest PutOf(string key, long lease, bool ignoresLease, int value) => new()
    {
        Key = ByteString.CopyFromUtf8(key),
        Value = ByteString.CopyFromUtf8(value.ToString(CultureInfo.InvariantCulture)),
        Lease = ignoresLease ? 0 : lease,
        IgnoreLease = ignoresLease,
    };

    private static long Lease(Random random) => random.Next(3) == 0 ? 0 : random.Next(1, 8);

    private static string Key(int number) => "key" + number.ToString("00", CultureInfo.InvariantCulture);
}
