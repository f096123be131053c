using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Tests.CommandLine;

/// <summary>Flags, wherever they stand and however they are written.</summary>
public sealed class FlagTests
{
    [Theory]
    [InlineData("-w json", "json", "")]
    [InlineData("-wjson", "json", "")]
    [InlineData("-w=json", "json", "")]
    [InlineData("--write-out json", "json", "")]
    [InlineData("--write-out=json", "json", "")]
    [InlineData("--write-out=a=b", "a=b", "")]
    [InlineData("--write-out=", "", "")]
    [InlineData("-w=", "=", "")]
    [InlineData("one -w json two", "json", "one two")]
    [InlineData("-fwjson one", "json", "one")]
    [InlineData("-w -f", "-f", "")]
    [InlineData("one -- -w json", "simple", "one -w json")]
    [InlineData("- one", "simple", "- one")]
    public void A_value_stands_behind_an_equals_sign_or_a_letter_or_as_the_next_word(string line, string value, string arguments)
    {
        (TextFlag text, BooleanFlag force) = Flags();
        Assert.Equal(arguments, string.Join(' ', FlagReader.Read(line.Split(' '), [text, force])));
        Assert.Equal(value, text.Value);
    }

    [Theory]
    [InlineData("--force", true)]
    [InlineData("-f", true)]
    [InlineData("--force=false", false)]
    [InlineData("-f=F", false)]
    [InlineData("--force=1", true)]
    [InlineData("--force false", true)]
    public void A_switch_takes_a_value_with_an_equals_sign_alone(string line, bool isOn)
    {
        (TextFlag text, BooleanFlag force) = Flags();
        FlagReader.Read(line.Split(' '), [text, force]);
        Assert.Equal(isOn, force.Value);
        Assert.True(force.IsGiven);
    }

    [Theory]
    [InlineData("--none", "unknown flag: --none")]
    [InlineData("--none=1", "unknown flag: --none")]
    [InlineData("-n", "unknown shorthand flag: 'n' in -n")]
    [InlineData("-fn1", "unknown shorthand flag: 'n' in -n1")]
    [InlineData("--write-out", "flag needs an argument: --write-out")]
    [InlineData("-fw", "flag needs an argument: 'w' in -w")]
    [InlineData("---force", "bad flag syntax: ---force")]
    [InlineData("--=1", "bad flag syntax: --=1")]
    [InlineData(
        "--force=maybe", "invalid argument \"maybe\" for \"-f, --force\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax")]
    public void What_is_wrong_is_said_as_etcds_tools_say_it(string line, string fault)
    {
        (TextFlag text, BooleanFlag force) = Flags();
        Assert.Equal(fault, Assert.Throws<UsageException>(() => FlagReader.Read(line.Split(' '), [text, force])).Message);
    }

    [Theory]
    [InlineData("0x10", 16)]
    [InlineData("0b11", 3)]
    [InlineData("1_000", 1000)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void Whole_numbers_are_written_as_in_go(string text, ulong value)
    {
        UnsignedFlag flag = new("bump-revision", "");
        flag.Set(text);
        Assert.Equal(value, flag.Value);
    }

    [Theory]
    [InlineData("-1", "invalid syntax")]
    [InlineData("", "invalid syntax")]
    [InlineData("18446744073709551616", "value out of range")]
    public void What_is_no_number_is_said_as_in_go(string text, string fault) => Assert.Equal(
        $"invalid argument \"{text}\" for \"--bump-revision\" flag: strconv.ParseUint: parsing \"{text}\": {fault}",
        Assert.Throws<UsageException>(() => new UnsignedFlag("bump-revision", "").Set(text)).Message);

    private static (TextFlag Text, BooleanFlag Force) Flags() =>
        (new TextFlag("write-out", "", "simple") { Shorthand = 'w' }, new BooleanFlag("force", "") { Shorthand = 'f' });
}
