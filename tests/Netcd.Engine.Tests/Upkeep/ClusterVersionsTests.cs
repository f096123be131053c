using Netcd.Engine.Upkeep;

namespace Netcd.Engine.Tests.Upkeep;

/// <summary>Which version a leader gives to its cluster.</summary>
public sealed class ClusterVersionsTests
{
    [Theory]
    [InlineData(null, "3.6.14 3.6.14 3.6.14", "3.6.0", null, "3.6.0")]
    [InlineData(null, "3.6.14 3.5.30", "3.6.0", null, "3.5.0")]
    [InlineData(null, "3.6.14", "3.5.0", null, "3.5.0")]
    [InlineData(null, "3.6.14 3.4.1", "3.5.0", null, "3.4.0")]
    [InlineData("3.0.0", "3.6.14 3.5.30", "3.6.0", null, "3.5.0")]
    [InlineData("3.5.0", "3.6.14 3.6.2", "3.6.0", null, "3.6.0")]
    [InlineData("3.5.0", "3.6.14 3.6.2", "3.5.0", null, null)]
    [InlineData("3.6.0", "3.6.14 3.5.30", "3.6.0", null, null)]
    [InlineData("3.6.0", "3.6.14 3.6.14", "3.5.0", null, null)]
    public void It_is_the_lowest_of_the_programs_up_to_a_bound_and_never_lowered(
        string? current, string programs, string most, string? target, string? expected) =>
        Assert.Equal(expected, Decide(current, programs, most, target));

    [Theory]
    [InlineData("3.6.0", "3.6.14 3.6.14", "3.5.0", "3.5.0")]
    [InlineData("3.5.0", "3.6.14 3.5.30", "3.5.0", null)]
    [InlineData("3.6.0", "3.7.1 3.7.1", "3.5.0", null)]
    [InlineData("3.6.0", "3.6.14 3.6.14", "3.4.0", null)]
    public void In_a_downgrade_it_is_lowered_to_the_target_and_stays_there(
        string current, string programs, string target, string? expected) =>
        Assert.Equal(expected, Decide(current, programs, "3.6.0", target));

    [Theory]
    [InlineData("3.5.0", "3.6.0", true)]
    [InlineData("3.6.0", "3.6.0", false)]
    [InlineData("3.7.0", "3.6.0", false)]
    [InlineData("2.5.0", "3.6.0", false)]
    [InlineData("3.4.0", "3.6.0", false)]
    [InlineData("3.4.0", "3.5.0", false)]
    public void A_cluster_goes_down_by_one_and_not_below_what_opens_the_directory(string target, string current, bool expected) =>
        Assert.Equal(expected, ClusterVersions.IsDowngrade(Version.Parse(target), Version.Parse(current)));

    [Theory]
    [InlineData("3.5", "3.5.0")]
    [InlineData("3.5.30", "3.5.0")]
    [InlineData("3.6.0-rc.1", "3.6.0")]
    [InlineData("", null)]
    [InlineData("3", null)]
    [InlineData("3.", null)]
    [InlineData("v3.5", null)]
    [InlineData("3.5.0.1", null)]
    [InlineData("3.-5", null)]
    [InlineData("3.99999999999", null)]
    public void A_version_has_two_or_three_numbers(string text, string? expected) =>
        Assert.Equal(expected, ClusterVersions.TryParse(text, out Version version) ? version.ToString(3) : null);

    private static string? Decide(string? current, string programs, string most, string? target) => ClusterVersions.Decide(
        current is null ? null : Version.Parse(current),
        programs.Split(' ').Select(Version.Parse),
        Version.Parse(most),
        target is null ? null : Version.Parse(target))?.ToString(3);
}
