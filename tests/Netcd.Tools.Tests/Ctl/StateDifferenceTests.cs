using System.Text;
using Netcd.Client;
using Netcd.Tools.Ctl.Browsing;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>The merge of two readings of the same keys, against a comparison of whole dictionaries.</summary>
public sealed class StateDifferenceTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("a1 b2", "a1 b2", "")]
    [InlineData("", "a1 b2", "+a +b")]
    [InlineData("a1 b2", "", "-a -b")]
    [InlineData("a1 c3 e5", "b2 c4 f6", "-a +b ~c -e +f")]
    [InlineData("a1 ab2 b3", "a1 aa4 b3", "+aa -ab")]
    public async Task Keys_on_one_side_only_and_keys_written_in_between_are_changes(string before, string after, string changes) =>
        Assert.Equal(changes, await DifferenceAsync(before, after));

    [Fact]
    public async Task Any_two_states_differ_in_what_their_dictionaries_differ_in()
    {
        Random random = new(1);
        for (int run = 0; run < 200; run++)
        {
            SortedDictionary<string, int> before = Draw(random), after = Draw(random);
            IEnumerable<string> expected = before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
                .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
                .Select(key => (before.ContainsKey(key) ? after.ContainsKey(key) ? "~" : "-" : "+") + key);
            Assert.Equal(string.Join(' ', expected), await DifferenceAsync(Text(before), Text(after)));
        }
    }

    private static SortedDictionary<string, int> Draw(Random random)
    {
        SortedDictionary<string, int> drawn = new(StringComparer.Ordinal);
        for (int n = random.Next(12); n > 0; n--)
        {
            drawn[new string((char)('a' + random.Next(4)), 1 + random.Next(3))] = 1 + random.Next(3);
        }

        return drawn;
    }

    private static string Text(SortedDictionary<string, int> keys) => string.Join(' ', keys.Select(static key => $"{key.Key}{key.Value}"));

    private static async Task<string> DifferenceAsync(string before, string after)
    {
        List<string> found = [];
        await foreach (KeyChange change in StateDifference.OfAsync(Keys(before), Keys(after)))
        {
            string sign = change.Before is null ? "+" : change.After is null ? "-" : "~";
            found.Add(sign + (change.After ?? change.Before)!.KeyText);
        }

        return string.Join(' ', found);
    }

    /// <summary>Keys whose last digit is the revision of their last change.</summary>
    private static IAsyncEnumerable<KeyValue> Keys(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(static word => new KeyValue(Encoding.UTF8.GetBytes(word[..^1]), default, 1, word[^1] - '0', 1, 0))
        .ToAsyncEnumerable();
}
