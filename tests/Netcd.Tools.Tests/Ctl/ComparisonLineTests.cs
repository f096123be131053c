using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>Comparisons of transactions are read as etcdctl reads them.</summary>
public sealed class ComparisonLineTests
{
    [Theory]
    [InlineData("mod(\"k\") > \"0\"", "mod", "k", ">", "0")]
    [InlineData("val( \"a b\") =   \"\\x41\"", "val", "a b", "=", "A")]
    [InlineData("c(\"k\") != \"1\" and more", "c", "k", "!=", "1")]
    public void A_comparison_has_four_parts(string line, string target, string key, string comparison, string value) =>
        Assert.Equal(new ComparisonLine(target, key, comparison, value), ComparisonLine.Parse(line));

    [Theory]
    [InlineData("nonsense", "malformed comparison: nonsense")]
    [InlineData("mod(\"k\")> \"0\"", "malformed comparison: mod(\"k\")> \"0\"; got mod(\"k\")  \"\"")]
    [InlineData("mod(k) > \"0\"", "malformed comparison: mod(k) > \"0\"; got mod(\"\")  \"\"")]
    [InlineData("mod(\"k\") >", "malformed comparison: mod(\"k\") >; got mod(\"k\") > \"\"")]
    [InlineData("mod(\"k\") > 0", "malformed comparison: mod(\"k\") > 0; got mod(\"k\") > \"\"")]
    public void What_is_none_is_told_with_what_was_understood(string line, string message)
    {
        CommandFailure wrong = Assert.Throws<CommandFailure>(() => ComparisonLine.Parse(line));
        Assert.Equal((3, message), (wrong.ExitCode, wrong.Message));
    }
}
