using Netcd.Server.Grpc;
using Netcd.Server.Hosting;

namespace Netcd.Server.Tests.Grpc;

/// <summary>What headers may take of memory.</summary>
public sealed class HeaderBoundTests
{
    private const int KiB = 1024;

    [Theory]
    [InlineData(0, (1024 * KiB) + (4 * KiB))]
    [InlineData(200, (1024 * KiB) + (4 * KiB))]
    [InlineData(512, 512 * KiB)]
    [InlineData(4096, 64 * KiB)]
    [InlineData(8192, 32 * KiB)]
    [InlineData(100_000, 32 * KiB)]
    public void Many_connections_have_less_each_and_no_more_together(int connections, int bytes)
    {
        Assert.Equal(bytes, HeaderLimits.Of(connections));
        Assert.True(connections > 8192 || (long)connections * bytes <= HeaderLimits.MaxTogether);
    }

    [Fact]
    public void Requests_under_way_have_a_bound_together_and_give_back_what_they_had()
    {
        HeaderBudget budget = new();
        Assert.True(budget.TryTake(HeaderBudget.Most));
        Assert.False(budget.TryTake(1));
        budget.Return(HeaderBudget.Most);
        Assert.True(budget.TryTake(HeaderBudget.Most));
    }
}
