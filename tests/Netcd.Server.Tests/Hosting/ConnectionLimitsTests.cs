using Netcd.Engine.Starting;
using Netcd.Server.Hosting;

namespace Netcd.Server.Tests.Hosting;

/// <summary>How a process's descriptors are divided (C1).</summary>
public sealed class ConnectionLimitsTests
{
    [Theory]
    [InlineData(1_024, 100)]
    [InlineData(400, 120)]
    [InlineData(1_000_000, 150)]
    public void C1_clients_and_members_have_places_of_their_own_and_leave_the_reserve(int descriptors, int open)
    {
        ConnectionLimits limits = ConnectionLimits.Of(descriptors, open);
        Assert.Equal(descriptors - open - 150, limits.Clients.Most + limits.Peers.Most + limits.Metrics.Most);
        Assert.InRange(limits.Metrics.Most!.Value, 1, 64);
        Assert.InRange(limits.Peers.Most!.Value, 1, 1_024);
        Assert.True(limits.Clients.Most > limits.Peers.Most);
    }

    [Fact]
    public void C1_too_few_descriptors_are_said_at_the_start() =>
        Assert.Contains(
            "limit 253, recommended-limit 254",
            Assert.Throws<NodeStartException>(() => ConnectionLimits.Of(253, 100)).Message,
            StringComparison.Ordinal);
}
