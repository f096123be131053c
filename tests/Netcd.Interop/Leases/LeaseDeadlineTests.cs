using System.Diagnostics;
using Google.Protobuf;
using Netcd.Interop.Clusters;
using Netcd.Interop.Transport;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Leases;

/// <summary>Calls about leases that are passed on to the leader keep their callers' time, whatever it is that they wait for (findings H1,
/// H6).</summary>
public sealed class LeaseDeadlineTests
{
    private const int RenewalsOfAStream = 64;
    private static readonly TimeSpan CallersTime = TimeSpan.FromMilliseconds(600);

    /// <summary>The server is to say that the time is over: clients of a library would not wait for it.</summary>
    private static readonly (string Name, string Value)[] Timeout = [("grpc-timeout", "600m")];

    /// <summary>
    /// The leader stands still, and so answers none of those questions that it is asked at a time; the others wait for their turn. Later
    /// nobody leads.
    /// </summary>
    [Fact]
    public async Task H6_lease_calls_that_wait_for_their_turn_at_the_leader_or_for_a_leader_end_in_their_callers_time()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(2);
        ClusterMember leader = await cluster.LeaderAsync();
        ClusterMember follower = await cluster.FollowerAsync();
        long id = (await follower.Channel.GrantAsync(600)).ID;
        leader.Pause();
        try
        {
            await AssertEndInTimeAsync(follower, id);
            await Poll.UntilAsync(async () => (await ProcessCluster.StatusAsync(follower)) is { Leader: 0 });
            await AssertEndInTimeAsync(follower, id);
        }
        finally
        {
            leader.Resume();
        }

        await cluster.LeaderAsync();
        List<LeaseKeepAliveResponse> answers = await follower.Channel.KeepAliveAsync([.. Enumerable.Repeat(id, 2 * RenewalsOfAStream)]);
        Assert.Equal(2 * RenewalsOfAStream, answers.Count(static answer => answer.TTL == 600));
        Assert.Equal(600, (await follower.Channel.TimeToLiveAsync(id)).GrantedTTL);
    }

    private static async Task AssertEndInTimeAsync(ClusterMember member, long id)
    {
        byte[] renewals = [.. Enumerable.Repeat(RawCall.Frame(new LeaseKeepAliveRequest { ID = id }), RenewalsOfAStream)
            .SelectMany(static frame => frame)];
        RawCall keepAlive = new("/etcdserverpb.Lease/LeaseKeepAlive", renewals) { Headers = Timeout };
        RawCall[] calls =
        [
            .. Enumerable.Repeat(keepAlive, 3),
            .. Enumerable.Repeat(Call("LeaseTimeToLive", new LeaseTimeToLiveRequest { ID = id, Keys = true }), 40),
            Call("LeaseGrant", new LeaseGrantRequest { TTL = 60 }), Call("LeaseRevoke", new LeaseRevokeRequest { ID = 99 }),
        ];
        using HttpClient client = RawCall.Open(member.Endpoint);
        await Task.WhenAll(calls.Select(async call =>
        {
            long begun = Stopwatch.GetTimestamp();
            RawAnswer answer = await call.SendAsync(client);
            TimeSpan took = Stopwatch.GetElapsedTime(begun);
            Assert.True((answer.Status, answer.Message) == ("4", "context deadline exceeded"), $"{call}: {answer}");
            Assert.InRange(took, CallersTime - TimeSpan.FromMilliseconds(50), CallersTime + TimeSpan.FromSeconds(3));
        }));
        Assert.Contains(id, await member.Channel.LeasesAsync());
    }

    private static RawCall Call(string method, IMessage request) =>
        new("/etcdserverpb.Lease/" + method, RawCall.Frame(request)) { Headers = Timeout };
}
