using System.Globalization;
using System.Text;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.Ctl.Browsing;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>Keys as a tree, in pages of every size.</summary>
public sealed class TreeWalkTests
{
    private static readonly string[] Names = ["a", "a/1", "a/b/c", "a/b/d", "a-b", "b//x", "z/", "z/1"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Folders_and_keys_stand_in_their_order_whatever_the_pages_are(int page)
    {
        const string Expected = """
            ├── a
            ├── a-b
            ├── a/ (3)
            │   ├── 1
            │   └── b/ (2)
            │       ├── c
            │       └── d
            ├── b/ (1)
            │   └── / (1)
            │       └── x
            └── z/ (2)
                ├── ""
                └── 1

            """;
        Assert.Equal(Expected, await TreeAsync(new StoredKeys(Names), "", new TreeOptions("/", 0, false, ShowsCounts: true, false), page));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task What_is_below_a_prefix_is_named_from_there_on_with_its_values(int page) => Assert.Equal(
        "├── 1 = \"of a/1\"\n└── b/\n    ├── c = \"of a/b/c\"\n    └── d = \"of a/b/d\"\n",
        await TreeAsync(new StoredKeys(Names), "a/", new TreeOptions("/", 0, ShowsValues: true, false, false), page));

    [Fact]
    public async Task Folders_that_are_not_shown_are_not_read()
    {
        StoredKeys keys = new(Enumerable.Range(0, 3000).Select(static n => $"{n / 1000}/{n:0000}"));
        string shown = await TreeAsync(keys, "", new TreeOptions("/", 1, false, ShowsCounts: true, false), page: 10);
        Assert.Equal("├── 0/ (1000)\n├── 1/ (1000)\n└── 2/ (1000)\n", shown);
        Assert.InRange(keys.Sent, 3, 100);
    }

    [Fact]
    public async Task A_separator_may_have_several_letters() => Assert.Equal(
        "└── a::\n    ├── b\n    └── c/d\n",
        await TreeAsync(new StoredKeys("a::b", "a::c/d"), "", new TreeOptions("::", 0, false, false, false), page: 1));

    [Fact]
    public async Task A_key_of_nothing_but_separators_does_not_break_it()
    {
        string shown = await TreeAsync(
            new StoredKeys(new string('/', 100_000)), "", new TreeOptions("/", 0, false, false, false), page: 10);
        Assert.InRange(shown.Count(static character => character == '\n'), 100, 300);
    }

    [Fact]
    public async Task What_would_move_the_cursor_is_quoted() => Assert.Equal(
        "└── \"\\x1b[2J\"\n", await TreeAsync(new StoredKeys("\e[2J"), "", new TreeOptions("/", 0, false, false, false), page: 1));

    private static async Task<string> TreeAsync(StoredKeys keys, string prefix, TreeOptions options, int page)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        KeyWindow window = new(keys, KeyRange.Prefix(prefix), new ScanOptions { PageSize = page });
        await new TreeWalk(window, options, output).RunAsync(Encoding.UTF8.GetBytes(prefix));
        return output.ToString();
    }
}
