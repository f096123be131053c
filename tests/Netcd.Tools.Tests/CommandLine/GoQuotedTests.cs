using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Tests.CommandLine;

/// <summary>Texts in quotes are those that Go reads.</summary>
public sealed class GoQuotedTests
{
    [Theory]
    [InlineData(@"""plain""", "706c61696e")]
    [InlineData(@"""\a\b\f\n\r\t\v\\\""""", "07080c0a0d090b5c22")]
    [InlineData(@"""\x41\101\u00e9\U0001F600""", "4141c3a9f09f9880")]
    [InlineData(@"""\xff\377\x80é""", "ffff80c3a9")]
    [InlineData(@"""\xc3\xa9""", "c3a9")]
    [InlineData(@"""😀\xfe""", "f09f9880fe")]
    [InlineData(@"""""", "")]
    public void Each_escape_is_what_it_stands_for(string quoted, string hex) =>
        Assert.Equal(hex, Convert.ToHexStringLower(GoQuoted.BytesOf(GoQuoted.Unquote(quoted)!)));

    [Theory]
    [InlineData(@"""\q""")]
    [InlineData(@"""\'""")]
    [InlineData(@"""\x4""")]
    [InlineData(@"""\xg0""")]
    [InlineData(@"""\400""")]
    [InlineData(@"""\08a""")]
    [InlineData(@"""\ud800""")]
    [InlineData(@"""\U00110000""")]
    [InlineData(@"""\UFFFFFFFF""")]
    [InlineData(@"""\u12""")]
    public void What_is_no_escape_is_refused(string quoted) => Assert.Null(GoQuoted.Unquote(quoted));

    [Fact]
    public void A_line_is_split_at_blanks_outside_of_quotes()
    {
        Assert.Equal(["put", "a b", "c \"d", "e\\x41"], QuotedWords.Of(@"put ""a b"" 'c ""d' e\x41"));
        CommandFailure wrong = Assert.Throws<CommandFailure>(() => QuotedWords.Of(@"put ""\q"" x"));
        Assert.Equal((3, "invalid syntax"), (wrong.ExitCode, wrong.Message));
    }
}
