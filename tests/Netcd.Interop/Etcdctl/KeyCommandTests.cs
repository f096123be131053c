namespace Netcd.Interop.Etcdctl;

/// <summary>etcdctl's commands on keys say the same of netcd as of etcd.</summary>
public sealed class KeyCommandTests
{
    [Fact]
    public async Task Puts_are_answered_as_etcd_answers_them()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await pair.InEveryFormatAsync("put foo bar");
        await pair.InEveryFormatAsync("put foo bar2 --prev-kv");
        await pair.InEveryFormatAsync("put new value --prev-kv");
        await pair.RunAsync(["put", "from-stdin"], "a value\nof two lines\n");
        await pair.RunAsync(["put", "", "value"], "");
        await pair.RunAsync("put foo --ignore-value");
        await pair.RunAsync("put foo value --ignore-value");
        await pair.RunAsync("put missing --ignore-value");
        await pair.RunAsync("put foo bar3 --ignore-lease");
        await pair.RunAsync("put missing value --ignore-lease");
        await pair.RunAsync("put foo bar3 --ignore-lease --lease=1234");
        await pair.RunAsync("put foo bar4 --lease=1234");
        await pair.RunAsync("put foo bar4 --lease=nonsense");
        await pair.RunAsync("put foo");
        await pair.RunAsync("put");
        await pair.InEveryFormatAsync("get foo");
        await pair.InEveryFormatAsync("get from-stdin");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Gets_with_every_option_are_answered_as_etcd_answers_them()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await WriteAsync(pair);
        string[] reads =
        [
            "get a1", "get missing", "get a --prefix", "get a1 a3", "get a2 --from-key",
            "get a --prefix --limit=2", "get a --prefix --keys-only",
            "get a --prefix --count-only", "get a --prefix --print-value-only", "get a1 --hex", "get z1", "get a3 a1",
            "get a --prefix --consistency=s", "get a --prefix --rev=4", "get a --prefix --rev=8 --limit=1", "get a --prefix --limit=9",
        ];
        foreach (string read in reads)
        {
            await pair.InEveryFormatAsync(read);
        }

        await pair.RunAsync(["get", "", "--prefix"], "");
        await pair.RunAsync(["get", "", "--from-key", "-w", "json"], "");
        await pair.RunAsync(["get", ""], "");
        await pair.RunAsync("get a --prefix --from-key");
        await pair.RunAsync("get a b c");
        await pair.RunAsync("get a --rev=999");
        await pair.RunAsync("get a --rev=-1");
        await pair.RunAsync("get a --order=SIDEWAYS");
        await pair.RunAsync("get a --sort-by=COLOUR");
        await pair.RunAsync("get a --consistency=x");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Sorted_and_filtered_gets_are_answered_as_etcd_answers_them()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await WriteAsync(pair);
        foreach (string target in (string[])["CREATE", "KEY", "MODIFY", "VALUE", "VERSION"])
        {
            await pair.RunAsync($"get a --prefix -w json --sort-by={target}");
            await pair.RunAsync($"get a --prefix -w json --sort-by={target} --limit=3");
            foreach (string order in (string[])["ASCEND", "DESCEND"])
            {
                await pair.RunAsync($"get a --prefix -w json --order={order} --sort-by={target}");
                await pair.RunAsync($"get a --prefix -w json --order={order} --sort-by={target} --limit=2 --keys-only");
            }
        }

        // The options of revisions came to etcdctl with 3.6: an older one refuses them, of either server alike.
        foreach (string filter in (string[])["--min-mod-rev=5", "--max-mod-rev=5",
            "--min-create-rev=4", "--max-create-rev=4", "--min-mod-rev=4 --max-create-rev=6 --limit=1"])
        {
            await pair.RunAsync($"get a --prefix -w json {filter}");
        }

        pair.AssertEqual();
    }

    [Fact]
    public async Task Deletes_are_answered_as_etcd_answers_them()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await WriteAsync(pair);
        await pair.InEveryFormatAsync("del missing");
        await pair.InEveryFormatAsync("del missing --prefix --prev-kv");
        await pair.RunAsync("del a1");
        await pair.RunAsync("get a --prefix -w json");
        await pair.RunAsync("del a2 a4 --prev-kv");
        await pair.RunAsync("put a2 again");
        await pair.RunAsync("get a2 -w json");
        await pair.RunAsync("del a --prefix --prev-kv -w json");
        await pair.RunAsync("put c 1");
        await pair.RunAsync("put d 1");
        await pair.RunAsync("del c --from-key --prev-kv -w fields");
        await pair.RunAsync(["del", ""], "");
        await pair.RunAsync("del a --prefix --from-key");
        await pair.RunAsync("del");
        await pair.RunAsync(["del", "", "--prefix"], "");
        await pair.RunAsync(["get", "", "--prefix", "-w", "json"], "");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Transactions_are_answered_as_etcd_answers_them()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await WriteAsync(pair);
        string[] compares =
        [
            "mod(\"a1\") > \"0\"", "mod(\"a1\") = \"0\"", "create(\"a2\") < \"100\"",
            "c(\"missing\") = \"0\"", "ver(\"a1\") = \"2\"", "ver(\"a1\") != \"2\"",
            "version(\"a1\") > \"1\"", "value(\"a2\") = \"two\"", "val(\"a2\") != \"two\"",
            "val(\"missing\") = \"\"", "val(\"missing\") != \"x\"",
            "value(\"a2\") > \"a\"", "mod(\"a1\") > \"0\"\nval(\"a2\") = \"two\"",
            "mod(\"a1\") > \"0\"\nval(\"a2\") = \"three\"", "",
        ];
        foreach (string compare in compares)
        {
            string script = compare + (compare.Length == 0 ? "" : "\n")
                + "\nput t success\nget a --prefix\ndel a3 --prev-kv\n\nput t failure\nget t\ndel nothing\n\n";
            await pair.RunAsync(["txn"], script);
            await pair.RunAsync(["txn", "-w", "json"], script);
        }

        await pair.RunAsync(["txn", "-w", "fields"], "mod(\"a1\") > \"0\"\n\nput t success\nget t\ndel a1\n\n\n");
        await pair.RunAsync(["txn", "-w", "protobuf"], "mod(\"a1\") > \"0\"\n\nput t success\nget t\ndel a1\n\n\n");
        await pair.RunAsync(["txn"], "\nput same 1\nput same 2\n\n\n");
        await pair.RunAsync(["txn"], "\nput same 1\ndel same\n\n\n");
        await pair.RunAsync(["txn"], "\ndel same\ndel same\n\n\n");
        await pair.RunAsync(["txn"], "\nput \"\" 1\n\n\n");
        await pair.RunAsync(["txn"], "\nget a --rev=999\n\n\n");
        await pair.RunAsync(["txn"], "nonsense\n\n\n\n");
        await pair.RunAsync(["txn"], "\n" + string.Concat(Enumerable.Range(0, 129).Select(static n => $"put k{n} v\n")) + "\n\n");
        await pair.RunAsync(["txn"], "\n" + string.Concat(Enumerable.Range(0, 128).Select(static n => $"put k{n} v\n")) + "\n\n");
        await pair.RunAsync(["get", "", "--prefix", "-w", "json"], "");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Compactions_are_answered_as_etcd_answers_them()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await WriteAsync(pair);
        await pair.RunAsync("compaction 5");
        await pair.RunAsync("compaction 5");
        await pair.RunAsync("compaction 3");
        await pair.RunAsync("compaction 99");
        await pair.RunAsync("compaction 0");
        await pair.RunAsync("compaction -- -1");
        await pair.RunAsync("compaction nonsense");
        await pair.RunAsync("get a --prefix --rev=4");
        await pair.RunAsync("get a --prefix --rev=5 -w json");
        await pair.RunAsync("get a --prefix --rev=6 -w json");
        await pair.RunAsync("compaction 8 --physical");
        await pair.RunAsync("get a --prefix --rev=7");
        await pair.RunAsync("get a --prefix --rev=8 -w json");
        await pair.RunAsync("endpoint hashkv -w json --rev=8");
        await pair.RunAsync("endpoint hashkv -w json --rev=9");
        await pair.RunAsync("endpoint hashkv -w json");
        pair.AssertEqual();
    }

    /// <summary>Revisions 2 to 11: puts, overwrites and deletes.</summary>
    private static async Task WriteAsync(EtcdctlPair pair)
    {
        foreach (string line in (string[])["put a1 one", "put a2 two", "put a3 three", "put b1 other",
            "put a1 uno", "del a2", "put a2 two", "put a4 four", "put z1 last", "put a5 a"])
        {
            await pair.RunAsync(line);
        }
    }
}
