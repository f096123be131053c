using System.Text;
using System.Text.Json;
using Netcd.Storage.Snapshots;

namespace Netcd.Storage.Tests.Snapshots;

public sealed class V2StoreImageTests
{
    private static readonly V2StoreImage Sample = new()
    {
        Members =
        [
            new SnapshotMember(
                0x8e9e05c52164694d, ["http://10.0.0.1:2380", "http://[::1]:2380"], false, "infra \"one\" & <ü>", ["http://10.0.0.1:2379"]),
            new SnapshotMember(0xff, ["http://10.0.0.2:2380"], true, "", []),
        ],
        RemovedIds = [3, 0xabc],
        ClusterVersion = "3.5.0",
    };

    [Fact]
    public void What_was_rendered_is_parsed_back()
    {
        V2StoreImage parsed = V2StoreImage.Decode(Sample.Encode());
        Assert.Equal("3.5.0", parsed.ClusterVersion);
        Assert.Equal(Sample.RemovedIds, parsed.RemovedIds);
        Assert.Equal([0xffUL, 0x8e9e05c52164694d], parsed.Members.Select(static m => m.Id));
        foreach ((SnapshotMember expected, SnapshotMember found) in Sample.Members.OrderBy(static m => m.Id).Zip(parsed.Members))
        {
            Assert.Equal(expected.PeerUrls, found.PeerUrls);
            Assert.Equal(expected.ClientUrls, found.ClientUrls);
            Assert.Equal((expected.Name, expected.IsLearner), (found.Name, found.IsLearner));
        }
    }

    [Fact]
    public void The_tree_has_the_shape_of_the_second_api_s_store()
    {
        JsonElement store = JsonDocument.Parse(Sample.Encode()).RootElement;
        JsonElement learner = At(store.GetProperty("Root"), "0", "members", "ff");
        Assert.Equal("/0/members/ff", learner.GetProperty("Path").GetString());
        Assert.False(learner.GetProperty("Children").TryGetProperty("attributes", out _));
        JsonElement attributes = At(learner, "raftAttributes");
        Assert.Equal("{\"peerURLs\":[\"http://10.0.0.2:2380\"],\"isLearner\":true}", attributes.GetProperty("Value").GetString());
        Assert.Equal(JsonValueKind.Null, attributes.GetProperty("Children").ValueKind);
        Assert.Equal("0001-01-01T00:00:00Z", attributes.GetProperty("ExpireTime").GetString());
        Assert.Equal("", At(store.GetProperty("Root"), "0", "removed_members", "abc").GetProperty("Value").GetString());
        Assert.Equal(2, store.GetProperty("CurrentVersion").GetInt32());
        Assert.Equal(6, store.GetProperty("CurrentIndex").GetInt32());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"Root\":7}")]
    [InlineData("{\"Root\":{\"Children\":{\"0\":{\"Children\":{\"members\":{\"Children\":{\"zz\":{\"Children\":{}}}}}}}}}")]
    [InlineData(
        "{\"Root\":{\"Children\":{\"0\":{\"Children\":{\"members\":{\"Children\":{\"1\":{\"Children\":{\"raftAttributes\":{\"Value\":\"{\"}"
            + "}}}}}}}}}")]
    public void What_is_no_such_tree_is_refused(string json) =>
        Assert.Throws<InvalidDataException>(() => V2StoreImage.Decode(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Whatever_the_bytes_are_the_parser_refuses_or_answers()
    {
        byte[] sample = Sample.Encode();
        for (int seed = 0; seed < 2000; seed++)
        {
            Random random = new(seed);
            byte[] mutated = [.. sample];
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(32, 127);
            }

            try
            {
                V2StoreImage.Decode(mutated.AsMemory(0, random.Next(4) == 0 ? random.Next(mutated.Length) : mutated.Length));
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private static JsonElement At(JsonElement node, params string[] names) =>
        names.Aggregate(node, static (parent, name) => parent.GetProperty("Children").GetProperty(name));
}
