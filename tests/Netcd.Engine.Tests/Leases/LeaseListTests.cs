using Google.Protobuf;
using Netcd.Engine.Requests;
using Netcd.Engine.Tests.Node;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Leases;

/// <summary>What is asked of the tables of leases costs the engine's thread little, however large they are (finding H10).</summary>
public sealed class LeaseListTests
{
    [Fact]
    public void H10_lists_that_are_asked_for_together_share_one_copy()
    {
        using SteppedNode node = WithLeases(40);
        SteppedNode.Asked[] asked = [.. Enumerable.Range(0, 20).Select(_ => node.Ask(LeaseQuery.List))];
        node.RunUntil(() => asked.All(static one => one.Result is not null), "the lists");
        Assert.All(asked, one => Assert.Same(asked[0].Result!.Leases, one.Result!.Leases));
        Assert.Equal(Enumerable.Range(1, 40).Select(static id => (long)id), asked[0].Result!.Leases.Order());
    }

    [Fact]
    public void A_list_has_those_first_that_expire_first()
    {
        using SteppedNode node = WithLeases(5);
        Assert.Equal([1L, 2, 3, 4, 5], node.Answer(LeaseQuery.List).Leases);
    }

    [Fact]
    public void H10_the_keys_of_an_answer_are_those_of_its_time_whatever_is_written_later()
    {
        using SteppedNode node = WithLeases(1);
        for (int i = 0; i < 100; i++)
        {
            node.Run(Put($"key-{i:d3}", 1));
        }

        IReadOnlyCollection<byte[]> then = node.Answer(LeaseQuery.InspectWithKeys, 1).Keys;
        node.Run(new InternalRaftRequest { DeleteRange = new DeleteRangeRequest { Key = Bytes("key-"), RangeEnd = Bytes("key.") } });
        node.Run(Put("another", 1));
        Assert.Equal(
            Enumerable.Range(0, 100).Select(static i => $"key-{i:d3}"), then.Select(static key => ByteString.CopyFrom(key).ToStringUtf8()));
        Assert.Equal(
            ["another"], node.Answer(LeaseQuery.InspectWithKeys, 1).Keys.Select(static key => ByteString.CopyFrom(key).ToStringUtf8()));
    }

    private static SteppedNode WithLeases(int count)
    {
        SteppedNode node = new(new SimulatedDisk(keepLog: false), seed: 11);
        for (int id = 1; id <= count; id++)
        {
            node.Run(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = 1_000 * id } });
        }

        return node;
    }

    private static InternalRaftRequest Put(string key, long lease) => new()
    {
        Put = new PutRequest { Key = Bytes(key), Value = Bytes("v"), Lease = lease },
    };

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
