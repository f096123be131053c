using Netcd.Engine.Membership;
using Netcd.Engine.Text;

namespace Netcd.Server.Tests.Configuration;

public sealed class GoTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("100ms", 100)]
    [InlineData("1h2m3s", 3_723_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("-2s", -2_000)]
    [InlineData("+.5s", 500)]
    [InlineData("2000us", 2)]
    [InlineData("2000µs", 2)]
    [InlineData("100000000ns", 100)]
    public void A_duration_is_numbers_with_units(string text, int milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData(".s")]
    [InlineData("-")]
    [InlineData("5 s")]
    [InlineData("5x")]
    [InlineData("1.2.3s")]
    [InlineData("9999999999999h")]
    public void Anything_else_is_no_duration(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData("10", 10UL)]
    [InlineData("0x1F", 31UL)]
    [InlineData("0b11", 3UL)]
    [InlineData("0o17", 15UL)]
    [InlineData("017", 15UL)]
    [InlineData("1_000", 1_000UL)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void A_whole_number_may_have_a_base_and_underscores(string text, ulong value)
    {
        Assert.Null(GoNumber.TryReadUnsigned(text, out ulong read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("", GoNumber.SyntaxError)]
    [InlineData("x", GoNumber.SyntaxError)]
    [InlineData("0x", GoNumber.SyntaxError)]
    [InlineData("1__0", GoNumber.SyntaxError)]
    [InlineData("08", GoNumber.SyntaxError)]
    [InlineData("+1", GoNumber.SyntaxError)]
    [InlineData("18446744073709551616", GoNumber.RangeError)]
    public void Anything_else_is_no_whole_number(string text, string error) => Assert.Equal(error, GoNumber.TryReadUnsigned(text, out _));

    [Fact]
    public void A_signed_number_reaches_from_end_to_end()
    {
        Assert.Null(GoNumber.TryReadSigned("-9223372036854775808", out long least));
        Assert.Equal(long.MinValue, least);
        Assert.Equal(GoNumber.RangeError, GoNumber.TryReadSigned("9223372036854775808", out _));
    }

    [Theory]
    [InlineData("http://[::1]:2379", "::1", true)]
    [InlineData("http://0.0.0.0:2379", "0.0.0.0", true)]
    [InlineData("http://localhost:2379", "localhost", true)]
    [InlineData("http://example.com:2379", "example.com", false)]
    [InlineData("http://127.1:2379", "127.1", false)]
    public void A_url_can_be_listened_on_when_its_host_is_an_address_or_localhost(string text, string host, bool canListen)
    {
        Assert.Null(MemberUrl.TryParse(text, out MemberUrl url));
        Assert.Equal((host, canListen), (url.Host, url.HasAddress));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(3, "300ns")]
    [InlineData(15, "1.5µs")]
    [InlineData(123_456, "12.3456ms")]
    [InlineData(-5_000_000, "-500ms")]
    [InlineData(10_000_000, "1s")]
    [InlineData(615_000_001, "1m1.5000001s")]
    [InlineData(36_000_000_000, "1h0m0s")]
    [InlineData(-54_610_000_000, "-1h31m1s")]
    [InlineData(long.MinValue, "-256204778h48m5.4775808s")]
    public void A_duration_is_written_as_Go_writes_it(long ticks, string text) =>
        Assert.Equal(text, GoDuration.ToText(TimeSpan.FromTicks(ticks)));
}
