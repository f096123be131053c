using System.Text;
using System.Text.Json;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;

namespace Netcd.Engine.Tests.Membership;

/// <summary>Damaged records are refused by the one exception that a start reports in words; others would look like bugs of the
/// program.</summary>
public sealed class MalformedRecordTests
{
    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"1\"}")]
    [InlineData("{\"id\":-1}")]
    [InlineData("{\"id\":1,\"name\":{}}")]
    [InlineData("{\"id\":1,\"peerURLs\":[7]}")]
    [InlineData("{\"id\":1,\"isLearner\":3}")]
    [InlineData("{\"id\":1,\"na\0me\":3}")]
    public void A_member_record_is_refused(string json)
    {
        byte[] record = Encoding.UTF8.GetBytes(json);
        Assert.ThrowsAny<JsonException>(() => Member.FromJson(record));
        Assert.ThrowsAny<JsonException>(() => MemberChange.FromJson(record));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"voters\":[\"1\"]}")]
    [InlineData("{\"voters\":[-1]}")]
    [InlineData("{\"auto_leave\":1}")]
    [InlineData("{\"vot\0ers\":[1]}")]
    public void A_configuration_of_raft_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => ConfStateJson.Decode(Encoding.UTF8.GetBytes(json)));
}
