using System.Text.Json;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Tools;

/// <summary>What netcd ctl has and etcdctl has not, at a server of either kind.</summary>
public sealed class CtlExtraTests(CtlPair pair) : IClassFixture<CtlPair>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keys_are_shown_as_a_tree_as_they_were_at_a_revision(bool isNetcd)
    {
        long revision = await pair.PutAsync(isNetcd, ("tree/a", "1"), ("tree/b/c", "2"), ("tree/b/d", "3"));
        await pair.PutAsync(isNetcd, ("tree/b/e", "4"));
        string shown = await pair.TellAsync(isNetcd, "tree", "tree/", "--rev", $"{revision}", "--values", "--count");
        Assert.Equal(
            "tree/\n├── a = \"1\"\n└── b/ (2)\n    ├── c = \"2\"\n    └── d = \"3\"\n\n3 keys, 1 folder, at revision " + revision + "\n",
            shown);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_revisions_differ_in_what_was_put_and_deleted_between_them(bool isNetcd)
    {
        long from = await pair.PutAsync(isNetcd, ("diff/a", "old"), ("diff/b", "gone"), ("diff/c", "same"));
        long to = await pair.PutAsync(isNetcd, ("diff/a", "new"), ("diff/d", "more"));
        await pair.TellAsync(isNetcd, "del", "diff/b");
        string[] words = ["diff", $"{from}", $"{to + 1}", "diff/"];
        Assert.Equal(
            "~ diff/a = \"old\" -> \"new\"\n- diff/b = \"gone\"\n+ diff/d = \"more\"\n1 added, 1 changed, 1 deleted from revision "
                + $"{from} to {to + 1}\n",
            await pair.TellAsync(isNetcd, words));
        using JsonDocument json = JsonDocument.Parse(await pair.TellAsync(isNetcd, [.. words, "-w", "json", "--keys-only"]));
        Assert.Equal(
            ["changed", "deleted", "added"],
            json.RootElement.GetProperty("changes").EnumerateArray().Select(static change => change.GetProperty("change").GetString()));
        Assert.Equal(
            $"0 added, 0 changed, 0 deleted from revision {from} to {from}\n", await pair.TellAsync(isNetcd, "diff", $"{from}", $"{from}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_revision_that_is_not_there_is_told_in_the_servers_words(bool isNetcd)
    {
        CommandResult result = await pair.RunAsync(isNetcd, "", "diff", "1000000", "0");
        Assert.Equal(
            (1, "", "Error: etcdserver: mvcc: required revision is a future revision\n"), (result.ExitCode, result.Output, result.Errors));
    }

    [Theory]
    [InlineData(true, "json")]
    [InlineData(true, "yaml")]
    [InlineData(false, "json")]
    [InlineData(false, "yaml")]
    public async Task What_was_exported_can_be_imported_to_the_byte(bool isNetcd, string format)
    {
        string from = $"from-{format}/", to = $"to-{format}/", file = Path.Combine(pair.Folder, $"export-{isNetcd}.{format}");
        await pair.PutAsync(isNetcd, (from + "text", "a \"line\"\nand another"), (from + "same", "same"));
        await pair.PutAsync(isNetcd, (to + "same", "same"), (to + "extra", "x"));
        (await pair.RunAsync(isNetcd, "\u0000\u00ff\u00fe", "put", from + "bytes")).Succeeded();
        await pair.TellAsync(isNetcd, "export", from, "-o", file, "--format", format);
        string[] import = ["import", file, "--dest-prefix", to, "--prune", "--max-txn-ops", "2"];
        Assert.Equal(
            $"put (new) {to}bytes\nput (new) {to}text\ndelete {to}extra\nwould put 2 and delete 1 keys; 1 have their value already\n",
            await pair.TellAsync(isNetcd, [.. import, "--dry-run"]));
        Assert.Equal("put 2 and deleted 1 keys; 1 had their value already\n", await pair.TellAsync(isNetcd, import));
        Assert.Equal("put 0 and deleted 0 keys; 3 had their value already\n", await pair.TellAsync(isNetcd, import));
        string[] read = ["--prefix", "--hex", "--order", "DESCEND"];
        Assert.Equal(
            (await pair.TellAsync(isNetcd, ["get", from, .. read])).Replace(Hex(from), Hex(to), StringComparison.Ordinal),
            await pair.TellAsync(isNetcd, ["get", to, .. read]));
    }

    [Fact]
    public async Task Nothing_of_a_broken_document_is_written()
    {
        const string Broken = "keys:\n- key: broken/a\n  value: a\n- key: broken/b\n  valueBase64: '*'\n";
        CommandResult result = await pair.RunAsync(true, Broken, "import", "-");
        Assert.Equal((3, "", "Error: standard input:5:16: this is no base64\n"), (result.ExitCode, result.Output, result.Errors));
        Assert.Equal("", await pair.TellAsync(true, "get", "broken/", "--prefix"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Members_are_shown_in_rounds_also_those_that_do_not_answer(bool isNetcd)
    {
        string endpoints = $"{pair.Endpoint(isNetcd)},127.0.0.1:1";
        string lines = await pair.TellAsync(
            isNetcd, "top", "--endpoints", "127.0.0.1:1", "--interval", "200ms", "--count", "2", "-w", "json");
        JsonElement[] rounds = [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line))];
        Assert.Equal(2, rounds.Length);
        JsonElement[] members = [.. rounds[1].GetProperty("members").EnumerateArray()];
        Assert.Equal(endpoints, string.Join(',', members.Select(static member => member.GetProperty("endpoint").GetString())));
        Assert.Equal([true, false], members.Select(static member => member.GetProperty("answers").GetBoolean()));
        Assert.True(members[0].GetProperty("is_leader").GetBoolean());
        Assert.True(members[0].GetProperty("latency_ms").GetDouble() > 0);
        Assert.True(members[0].GetProperty("revisions_per_second").GetDouble() >= 0);
        Assert.Contains("Connection refused", members[1].GetProperty("errors")[0].GetString(), StringComparison.Ordinal);
        string plain = await pair.TellAsync(isNetcd, "top", "--once");
        Assert.Contains($"\n{pair.Endpoint(isNetcd)}  default  *leader  ", plain, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', plain);
    }

    [Theory]
    [InlineData(true, "mixed")]
    [InlineData(true, "txn")]
    [InlineData(true, "watch")]
    [InlineData(false, "mixed")]
    [InlineData(false, "watch")]
    public async Task Load_is_measured_and_leaves_no_keys(bool isNetcd, string workload)
    {
        string prefix = $"load-{workload}/";
        string[] words = ["load", workload, "--total", "20", "--clients", "3", "--prefix", prefix, "--key-space", "5", "-w", "json"];
        using JsonDocument json = JsonDocument.Parse(await pair.TellAsync(isNetcd, words));
        Assert.Equal(workload == "watch" ? 60 : 20, json.RootElement.GetProperty("calls").GetInt64());
        Assert.Equal(0, json.RootElement.GetProperty("failures").GetInt64());
        Assert.True(json.RootElement.GetProperty("p50_us").GetDouble() > 0);
        Assert.Equal("", await pair.TellAsync(isNetcd, "get", prefix, "--prefix", "--keys-only"));
    }

    [Fact]
    public async Task Load_does_not_touch_keys_that_are_there()
    {
        await pair.PutAsync(true, ("mine/1", "kept"));
        CommandResult result = await pair.RunAsync(true, "", "load", "put", "--prefix", "mine/", "--total", "1");
        Assert.Equal(
            (128, "Error: 1 keys begin with \"mine/\" already: give another --prefix\n"), (result.ExitCode, result.Errors));
        Assert.Equal("mine/1\nkept\n", await pair.TellAsync(true, "get", "mine/", "--prefix"));
    }

    [Theory]
    [InlineData("get a")]
    [InlineData("endpoint health")]
    public async Task A_hint_stands_behind_what_etcdctl_says(string line)
    {
        string endpoint = $"127.0.0.1:{FreePort.Next()}";
        string[] words = ["--endpoints", endpoint, "--command-timeout", "1s", "--dial-timeout", "1s", .. line.Split(' ')];
        CommandResult theirs = await Command.RunAsync(await EtcdPrograms.EtcdctlAsync(), words);
        CommandResult ours = await Command.RunAsync(NetcdProgram.Path, ["ctl", .. words]);
        Assert.Equal((theirs.ExitCode, theirs.Output), (ours.ExitCode, ours.Output));
        string hint = $"hint: nothing listens at {endpoint}: ";
        string[] said = ours.Errors.Split('\n');
        Assert.Single(said, told => told.StartsWith(hint, StringComparison.Ordinal));
        Assert.Equal(
            theirs.Errors.Split('\n').Where(static told => !told.StartsWith('{')),
            said.Where(told => !told.StartsWith(hint, StringComparison.Ordinal)));
    }

    private static string Hex(string text) => string.Concat(text.Select(static letter => $"\\x{(int)letter:x2}"));
}
