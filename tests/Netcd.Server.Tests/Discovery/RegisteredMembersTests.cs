using Google.Protobuf;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Protocol.V3;
using Netcd.Server.Discovery;

namespace Netcd.Server.Tests.Discovery;

/// <summary>The members that registered first are those of the cluster, as in etcd.</summary>
public sealed class RegisteredMembersTests
{
    private readonly RegisteredMembers members = new(NullLogger.Instance);

    [Fact]
    public void Who_registered_first_comes_first_whatever_the_keys_and_who_changed_it_later()
    {
        Set(
            ("members/a", "third=http://c:1", 30), ("members/b", " first=http://a:1,first=http://a:2\n", 10),
            ("members/c", "second=http://b:1", 20));
        Assert.Equal("first=http://a:1,first=http://a:2,second=http://b:1,third=http://c:1", members.Describe(3));
        Assert.Equal("first=http://a:1,first=http://a:2,second=http://b:1", members.Describe(2));
    }

    [Theory]
    [InlineData("members/b", 1, true)]
    [InlineData("members/c", 1, false)]
    [InlineData("members/c", 2, true)]
    [InlineData("members/a", 2, false)]
    [InlineData("members/new", 3, false)]
    [InlineData("members/new", 4, true)]
    public void There_is_room_for_as_many_as_were_announced(string key, long size, bool hasPlace)
    {
        Set(("members/a", "m=http://c:1", 30), ("members/b", "n=http://a:1", 10), ("members/c", "o=http://b:1", 20));
        Assert.Equal(hasPlace, members.HasPlaceFor(key, size));
    }

    [Fact]
    public void What_is_no_member_does_not_count()
    {
        Set(("members/a", "nobody", 10), ("members/b", "n=http://a:1", 20));
        Assert.Equal((1, "n=http://a:1"), (members.Count, members.Describe(2)));
    }

    private void Set(params (string Key, string Value, long Revision)[] records)
    {
        RepeatedField<KeyValue> found = [];
        found.AddRange(records.Select(static record => new KeyValue
        {
            Key = ByteString.CopyFromUtf8(record.Key),
            Value = ByteString.CopyFromUtf8(record.Value),
            CreateRevision = record.Revision,
            ModRevision = 100 - record.Revision,
        }));
        members.Set(found);
    }
}
