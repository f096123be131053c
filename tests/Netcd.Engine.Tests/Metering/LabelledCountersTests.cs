using Netcd.Engine.Metering;

namespace Netcd.Engine.Tests.Metering;

/// <summary>Values of labels that others choose are told apart up to a bound.</summary>
public sealed class LabelledCountersTests
{
    [Fact]
    public void Beyond_the_bound_all_are_counted_together()
    {
        LabelledCounters counters = new(most: 3, "other");
        for (int round = 0; round < 2; round++)
        {
            for (int n = 0; n < 10; n++)
            {
                counters.Of($"v{n}").Increment();
            }
        }

        Assert.Equal(
            [("other", 14L), ("v0", 2), ("v1", 2), ("v2", 2)],
            counters.All.Select(static one => (one.Labels[0], one.Counter.Value)).Order());
    }

    [Fact]
    public void Values_of_several_labels_stand_together()
    {
        LabelledCounters counters = new(most: 9, "", "");
        counters.Of("a", "b").Increment();
        counters.Of("a", "c").Add(4);
        counters.Of("a", "b").Increment();
        Assert.Equal(
            [("a b", 2L), ("a c", 4)], counters.All.Select(static one => (string.Join(' ', one.Labels), one.Counter.Value)).Order());
    }
}
