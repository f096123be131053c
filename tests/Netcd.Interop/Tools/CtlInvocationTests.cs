using Netcd.Interop.Processes;

namespace Netcd.Interop.Tools;

/// <summary>Command lines of etcdctl, one after the other: netcd under its name says the same of both servers, down to the exit
/// code.</summary>
public sealed class CtlInvocationTests
{
    /// <summary>Behind <c>&lt;&lt;</c> stands what is typed; <c>@lease</c> is the last lease granted, <c>@member</c> the member.</summary>
    private static readonly string[] Same =
    [
        "put a b", "put a c --prev-kv", "put a d -w json", "put a e --prev-kv -w fields", "put", "put a", "put typed << a value",
        "put a --ignore-value --ignore-lease", "put nothing --ignore-value", "put a b --ignore-value", "put a x --lease zz",
        "put a x --lease ffffffffffffffffffff", "put a x --lease 1234", "put -- -a --b", "put a/1 one", "put a/2 two", "put b/1 three",
        "get a", "get a -w json", "get a -w fields", "get a -w protobuf", "get a -w table", "get a -w bogus", "get a --hex",
        "get '' --prefix --keys-only", "get a --prefix --limit 2", "get a --prefix --order DESCEND", "get a --prefix --sort-by MODIFY",
        "get a --prefix --sort-by=create --order=descend -w json", "get a --prefix --sort-by x", "get a --prefix --order x", "get a b",
        "get a --from-key --keys-only", "get a c --prefix", "get a c --from-key", "get a --prefix --from-key", "get a --rev 2",
        "get a --rev 999999", "get a --count-only", "get a --count-only -w fields", "get a --prefix --count-only -w fields",
        "get a --print-value-only", "get a --print-value-only -w json", "get a --keys-only --count-only", "get a --consistency s",
        "get a --consistency x", "get", "get missing", "get typed --write-out=simple", "get -w=json a", "get -wjson a", "get a --limit x",
        "del missing", "del a/2 --prev-kv", "del b c", "del", "del a b c", "del a --prefix --from-key", "del typed -w json",
        "del x --prev-kv -w fields",
        "txn << mod(\"a\") > \"0\"\n\nput t 1\nget a\ndel nope\n\nput t 2\n\n", "txn << val(\"a\") = \"zz\"\n\nput t 1\n\nget t\nget a\n\n",
        "txn -w json << create(\"none\") = \"0\"\n\nput t 3 --prev-kv\nget t\n\nget t\n\n",
        "txn -w fields << ver(\"a\") < \"100\"\n\nget a\nput t \"a b\"\n\n\n", "txn -i << \nput t 4\n\n\n", "txn x",
        "txn << nonsense\n\n\n\n",
        "txn << bad(\"a\") = \"1\"\n\n\n\n", "txn << \nfoo bar\n\n\n", "txn << mod(\"a\") > \"x\"\n\n\n\n", "txn << \nput\n\n\n",
        "compaction", "compaction x", "compaction 3", "compaction 3", "compaction 999999", "compaction 4 --physical", "get a --rev 2",
        "lease grant", "lease grant x", "lease grant 500", "put leased v --lease @lease", "lease timetolive @lease --keys",
        "lease timetolive @lease", "lease timetolive @lease -w json --keys", "lease timetolive @lease -w fields --keys",
        "lease timetolive 77", "lease timetolive 77 -w json", "lease timetolive zz", "lease list", "lease list -w json",
        "lease list -w fields", "lease keep-alive --once @lease", "lease keep-alive --once @lease -w json", "lease keep-alive --once 77",
        "lease revoke @lease", "lease revoke @lease", "lease revoke", "get leased", "lease grant 600 -w json", "lease grant 600 -w fields",
        "member list", "member list -w json", "member list -w json --hex", "member list -w table", "member list -w fields",
        "member list -w protobuf", "member add", "member add x", "member add x y", "member remove", "member remove zz", "member remove 12",
        "member update @member", "member update zz --peer-urls http://127.0.0.1:1", "member promote 12", "member promote @member",
        "endpoint status", "endpoint status -w json", "endpoint status -w fields", "endpoint status -w table", "endpoint status --cluster",
        "endpoint health", "endpoint health -w json", "endpoint health -w table", "endpoint health --cluster", "endpoint hashkv",
        "endpoint hashkv -w json", "endpoint hashkv -w fields", "endpoint hashkv --rev 999999", "alarm list", "alarm list -w json",
        "alarm list -w fields", "alarm list x", "alarm disarm", "alarm disarm -w json", "defrag", "defrag --cluster", "move-leader",
        "move-leader zz", "move-leader 77", "move-leader @member", "snapshot save", "auth status", "auth status -w json", "auth status x",
        "role add r", "role add r", "role add", "role list", "role list -w json", "role list -w fields", "role get r", "role get none",
        "role grant-permission r", "role grant-permission r bogus k", "role grant-permission r read k", "role grant-permission r write k z",
        "role grant-permission r readwrite p --prefix", "role grant-permission r read f --from-key",
        "role grant-permission r read '' --prefix", "role grant-permission r read a b --prefix",
        "role grant-permission r read a --prefix --from-key", "role get r -w json", "role get r -w fields", "role get r -w table",
        "role revoke-permission r", "role revoke-permission r k", "role revoke-permission r k z", "role revoke-permission r f --from-key",
        "role revoke-permission r none", "role get r", "user add u:secret", "user add u:secret", "user add :x", "user add",
        "user add v --no-password", "user add w --new-user-password p", "user add i --interactive=false << typed\n", "user list",
        "user list -w json", "user list -w fields", "user get u", "user get none", "user get u -w json", "user get u -w fields",
        "user grant-role u r", "user grant-role u none", "user grant-role u", "user get u", "user get u --detail", "user revoke-role u r",
        "user revoke-role u r", "user passwd u --interactive=false << other\n", "user delete v", "user delete v", "user delete",
        "role delete none", "auth enable", "user add root:pw", "user grant-role root root", "auth enable", "get a", "--user root:pw get a",
        "--user root:bad get a", "--user root --password pw auth status", "--user u:other get a", "--user root:pw endpoint health",
        "--user root:pw user get root", "--user root:pw auth disable", "auth status", "role delete r",
        "get a --command-timeout 3s --dial-timeout=1s", "get a --command-timeout x", "get a --dial-timeout 5", "watch", "lock", "elect",
        "elect x", "elect x y -l", "get a --cert ''",
    ];

    /// <summary>What is refused before a server is asked, and what its program has nothing to do with: tried at one of them.</summary>
    private static readonly string[] More =
    [
        "compaction 0x10", "compaction 0", "compaction -- -1", "compaction 5 6", "lease grant 0x10", "lease grant 0", "lease grant -- -5",
        "lease grant 9223372036854775807", "lease grant 99999999999999999999", "lease keep-alive 77", "lease keep-alive zz",
        "lease keep-alive", "lease timetolive", "lease revoke 0x10", "lease revoke -1", "lease revoke ffffffffffffffffff",
        "move-leader 0x10", "member remove 0x10", "member update 12 --peer-urls x", "member add x --peer-urls http://127.0.0.1:1,x",
        "make-mirror", "make-mirror a b", "make-mirror a --dest-prefix x --no-dest-prefix", "make-mirror a --none", "check",
        "check perf --load zz", "put a b", "check perf --prefix a", "check datascale --load x", "check datascale --prefix a",
        "snapshot restore", "snapshot restore a b", "snapshot save /no/dir/x", "defrag --command-timeout=-1s", "watch a --",
        "watch a b --prefix",
        "watch --prefix", "watch --rev x a", "watch -i", "watch -i << nonsense\n\nwatch\nwatch a b --prefix\n", "watch -i << watch a --x\n",
        "watch -i << watch a \"\\q\"\n", "lock x true", "lock x false", "lock x /no/program", "lock x --ttl 0 true", "lock x --ttl=-3 true",
        "lock x --ttl 9223372036854775807 true", "lock --ttl x", "elect -l", "elect x y z", "get a b c", "get a --rev=-1",
        "get a --limit=-1", "get ''", "del ''", "put '' x", "put a b --lease -1", "put a b --lease 0",
        "get a --command-timeout 0s", "get a --dial-timeout 0s",
        "get a --keepalive-timeout 100ms", "get a --insecure-skip-tls-verify", "get a --debug", "get a -w", "get a --none", "nosuch",
        "ge a", "endpoint nosuch", "auth enable x", "user list x", "role list x", "role get", "role add ''", "get a --endpoints ''",
        "txn << \nput \"\\x6b\\u00e9\\101\" \"\\xff\\n\"\nget \"k\" --prefix\n\n\n", "get k --prefix --hex",
        "txn << val(\"\\x6b\u00e9A\") != \"\\q\"\n\n\n\n", "txn << val(\"k\")= \"1\"\n\n\n\n", "txn << mod(\"a\") > \"0x1\"\n\n\n\n",
        "txn << mod (\"a\") > \"1\"\n\n\n\n", "txn << \nput a \"\\q\"\n\n\n", "txn << mod(\"a\") >\n\n\n\n",
    ];

    [Fact]
    public async Task Command_lines_say_the_same_as_by_etcdctl()
    {
        using TemporaryFolder folder = new();
        string theirs = await EtcdPrograms.EtcdctlAsync(), ours = folder.At("etcdctl");
        File.CreateSymbolicLink(ours, NetcdProgram.Path);
        List<CtlRun> runs = [];
        foreach (bool isNetcd in (bool[])[true, false])
        {
            foreach (string tool in (string[])[theirs, ours])
            {
                string data = folder.At($"data-{runs.Count}");
                runs.Add(new CtlRun(tool, await (isNetcd ? ServerProcess.NetcdAsync(data) : ServerProcess.EtcdAsync(data))));
            }
        }

        try
        {
            await Task.WhenAll(runs.Select(static (run, at) => run.RunAsync(at < 2 ? [.. Same, .. More] : Same)));
        }
        finally
        {
            foreach (CtlRun run in runs)
            {
                await run.DisposeAsync();
            }
        }

        List<string> differences = [];
        string[] all = [.. Same, .. More];
        for (int line = 0; line < all.Length; line++)
        {
            differences.AddRange(Difference(all[line], "netcd", runs[0].Answers[line], runs[1].Answers[line]));
            differences.AddRange(
                line < Same.Length ? Difference(all[line], "etcd", runs[2].Answers[line], runs[3].Answers[line]) : []);
        }

        Assert.True(all.Distinct().Count() > 270, $"only {all.Distinct().Count()} different command lines");

        Assert.True(differences.Count == 0, $"{differences.Count} differences\n" + string.Join("\n", differences));
    }

    [Theory]
    [InlineData("put k v", "", "OK\n")]
    [InlineData("txn", "\nput k w\n\n\n", "SUCCESS\n\nOK\n")]
    public async Task Flags_may_stand_in_the_environment(string line, string input, string output)
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"));
        string[] words = ["ETCDCTL_ENDPOINTS=" + server.Endpoint, NetcdProgram.Path, "ctl", .. line.Split(' ')];
        CommandResult result = await Command.RunAsync("env", words, input, TimeSpan.FromSeconds(30));
        Assert.Equal((0, output), (result.ExitCode, result.Output));
    }

    private static IEnumerable<string> Difference(string line, string server, string theirs, string ours) =>
        theirs == ours ? [] : [$"=== {line} (at {server})\n{theirs}\n--- but ours\n{ours}"];
}
