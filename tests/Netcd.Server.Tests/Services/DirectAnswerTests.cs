using Google.Protobuf;
using Netcd.Engine.Leases;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Tests.Services;

/// <summary>Answers that are encoded without a message are the bytes that the message would be.</summary>
public sealed class DirectAnswerTests
{
    private static readonly ResponseHeader Header = new() { ClusterId = ulong.MaxValue, MemberId = 7, Revision = 300, RaftTerm = 2 };

    public static TheoryData<long, long, long, int> Leases => new()
    {
        { 0, 0, 0, 0 },
        { 7, -1, 0, 0 },
        { long.MaxValue, 59, 60, 1 },
        { long.MinValue, 1, 9_000_000_000, 300 },
        { 128, 127, 16_384, 20_000 },
    };

    [Theory]
    [MemberData(nameof(Leases))]
    public void What_is_known_of_a_lease(long id, long ttl, long granted, int keys)
    {
        byte[][] all = [.. Enumerable.Range(0, keys).Select(static n => new byte[n % 300])];
        LeaseInspection inspection = new(new LeaseId(id), ttl, granted, all) { Header = Header };
        AssertSame(inspection);
        AssertSame(inspection with { Header = new ResponseHeader() });

        LeaseInspection passedOn = LeaseInspection.Of(LeaseTimeToLiveResponse.Parser.ParseFrom(Encode(inspection)));
        Assert.Equal((id, ttl, granted), (passedOn.Id.Value, passedOn.TtlSeconds, passedOn.GrantedSeconds));
        Assert.Equal(all, passedOn.Keys);
    }

    [Fact]
    public void The_leases_that_there_are()
    {
        AssertSame(new LeaseListing(Header, []));
        AssertSame(new LeaseListing(new ResponseHeader(), [1, 127, 128, 0, -1, long.MaxValue, long.MinValue]));
        AssertSame(new LeaseListing(Header, [.. Enumerable.Range(1, 20_000).Select(static n => (long)n * n * n)]));
    }

    private static void AssertSame(IDirectAnswer answer)
    {
        Assert.Equal(answer.ToMessage().CalculateSize(), answer.CalculateSize());
        Assert.Equal(answer.ToMessage().ToByteArray(), Encode(answer));
    }

    private static byte[] Encode(IDirectAnswer answer)
    {
        byte[] bytes = new byte[answer.CalculateSize()];
        answer.WriteTo(bytes);
        return bytes;
    }
}
