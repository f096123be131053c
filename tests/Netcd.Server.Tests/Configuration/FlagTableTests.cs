using System.Text.Json;
using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>The table of flags: nothing twice, every default is a value of its kind, and what is said to be obeyed is read.</summary>
public sealed class FlagTableTests
{
    [Fact]
    public void Each_name_stands_for_one_flag()
    {
        string[] twice = [.. FlagTable.All.GroupBy(static flag => flag.Name)
            .Where(static same => same.Count() > 1).Select(static same => same.Key)];
        Assert.Empty(twice);
        Assert.True(FlagTable.All.Count > 150, "flags are missing");
    }

    [Fact]
    public void Each_has_a_heading_of_the_help_and_a_text()
    {
        Assert.All(FlagTable.All, static flag => Assert.Contains(flag.Group, FlagGroups.All));
        Assert.All(FlagTable.All, static flag => Assert.EndsWith(".", flag.Help, StringComparison.Ordinal));
        Assert.All(
            FlagTable.All.Where(static flag => flag.Kind == FlagKind.Choice), static flag => Assert.Contains(flag.Default, flag.Choices));
    }

    [Fact]
    public void Setting_all_flags_that_are_obeyed_to_their_defaults_changes_nothing()
    {
        // Whether leases are noted is decided by the cluster's version where it is not set.
        string[] arguments = [.. FlagTable.All
            .Where(static flag => flag is { Use: FlagUse.Obeyed, Default.Length: > 0 }
                && flag.Kind != FlagKind.Ignored && flag.Group != FlagGroups.Former)
            .Where(static flag => !flag.Name.Contains("lease-checkpoint", StringComparison.Ordinal))
            .Select(static flag => $"--{flag.Name}={flag.Default}")];
        Assert.True(arguments.Length > 40, $"only {arguments.Length} flags have defaults");
        Assert.Equal(JsonSerializer.Serialize(Load.Options()), JsonSerializer.Serialize(Load.Options(arguments)));
    }

    [Fact]
    public void A_flag_that_is_said_to_be_obeyed_is_read_somewhere()
    {
        string[] sources = [.. Directory.EnumerateFiles(Repository.At("src", "Netcd.Server", "Configuration"), "*.cs")
            .Where(static file => Path.GetFileName(file) != "FlagTable.cs").Select(File.ReadAllText)];
        string[] unread = [.. FlagTable.All
            .Where(static flag => flag.Use == FlagUse.Obeyed && flag.Kind != FlagKind.Ignored && flag.Group != FlagGroups.Former)
            .Select(static flag => flag.Name)
            .Where(name => !sources.Any(source => Names(source, name)))];
        Assert.Empty(unread);
    }

    /// <summary>Whether a source names a flag; those of TLS are read for clients and for peers by one line.</summary>
    private static bool Names(string source, string name) => source.Contains($"\"{name}\"", StringComparison.Ordinal)
        || (name.StartsWith("peer-", StringComparison.Ordinal) && Names(source, name["peer-".Length..]));
}
