using System.Text;
using Netcd.Engine.Auth;

namespace Netcd.Engine.Tests.Auth;

/// <summary>Ranges that are granted are united, and a request needs all that it names.</summary>
public sealed class GrantedRangesTests
{
    [Theory]
    [InlineData("a-c c-e", "a", "e", true)]
    [InlineData("a-c d-e", "a", "e", false)]
    [InlineData("a-c b-e", "a", "e", true)]
    [InlineData("a-c b-e", "a", "e\0", false)]
    [InlineData("a-z b-c", "m", "y", true)]
    [InlineData("a", "a", "", true)]
    [InlineData("a", "a\0", "", false)]
    [InlineData("a", "a", "a\0", true)]
    [InlineData("a", "a", "a\0\0", false)]
    [InlineData("a a\0", "a", "a\0\0", true)]
    [InlineData("b-", "b", "\0", true)]
    [InlineData("b-", "a", "\0", false)]
    [InlineData("b-", "zz", "zzz", true)]
    [InlineData("b-c", "b", "\0", false)]
    [InlineData("a-c", "c", "", false)]
    [InlineData("a-c", "b", "a", true)]
    [InlineData("a-c", "b", "b", true)]
    [InlineData("a-c", "c", "b", false)]
    [InlineData("a-c a- b-d", "q", "\0", true)]
    [InlineData("", "a", "", false)]
    public void A_request_needs_all_that_it_names(string granted, string key, string rangeEnd, bool isGranted)
    {
        GrantedRanges ranges = new(granted.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse));
        Assert.Equal(isGranted, ranges.Contains(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(rangeEnd)));
    }

    [Fact]
    public void Ten_thousand_grants_of_neighbours_are_one_range()
    {
        IEnumerable<GrantedRange> neighbours = Enumerable.Range(0, 10_000)
            .Select(static n => GrantedRange.Of(Name(n), Name(n + 1)))
            .OrderBy(static range => range.Start[^1]);
        Assert.Equal(1, new GrantedRanges(neighbours).Count);
    }

    private static byte[] Name(int number) => Encoding.UTF8.GetBytes(FormattableString.Invariant($"k{number:d6}"));

    private static GrantedRange Parse(string text) => text.Split('-') switch
    {
        [var key] => GrantedRange.Of(Encoding.UTF8.GetBytes(key), []),
        [var key, ""] => GrantedRange.Of(Encoding.UTF8.GetBytes(key), [0]),
        [var key, var end] => GrantedRange.Of(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(end)),
        _ => throw new FormatException(text),
    };
}
