using Netcd.Fuzzing.Live;

namespace Netcd.Fuzzing.Tests;

/// <summary>What holds more and more although it is emptied again and again is noticed; what only takes a while to settle is not.</summary>
public sealed class GrowthWatchTests
{
    private const long Megabyte = 1L << 20;

    [Fact]
    public void Memory_that_is_not_given_back_is_growth()
    {
        GrowthWatch watch = new();
        Assert.Contains(Enumerable.Range(0, 100).Select(i => watch.Add((50 + (5 * i)) * Megabyte, 30)), static grown => grown is not null);
    }

    [Fact]
    public void Descriptors_that_stay_open_are_growth()
    {
        GrowthWatch watch = new();
        Assert.Contains(Enumerable.Range(0, 100).Select(i => watch.Add(50 * Megabyte, 30 + (2 * i))), static grown => grown is not null);
    }

    [Fact]
    public void What_swings_is_not_growth()
    {
        GrowthWatch watch = new();
        Assert.All(
            Enumerable.Range(0, 100).Select(i => watch.Add((50 + (i * 37 % 400)) * Megabyte, 30 + (i * 13 % 200))),
            static grown => Assert.Null(grown));
    }
}
