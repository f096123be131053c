using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>Examples for etcdctl's commands, which its own help does not have.</summary>
internal static class CtlExamples
{
    public static IReadOnlyDictionary<string, CommandExample[]> All { get; } = new Dictionary<string, CommandExample[]>
    {
        ["get"] =
        [
            new("get /config/ --prefix --keys-only", "the names of all keys with a prefix"),
            new("get greeting --rev 12 -w json", "a key as it was at a revision"),
            new("get greeting --print-value-only --consistency s", "the value alone, as this member has it"),
        ],
        ["put"] =
        [
            new("put greeting hello", "give a key a value"),
            new("put config < config.json", "with the value from a file"),
            new("put greeting hello --lease 694d77aa9e38260f", "for as long as a lease lives"),
        ],
        ["del"] = [new("del /config/ --prefix --prev-kv", "delete all keys with a prefix, and show what they were")],
        ["txn"] = [new("txn -i", "type conditions, what is done if they hold, and what is done else")],
        ["watch"] =
        [
            new("watch /config/ --prefix", "show changes of all keys with a prefix"),
            new("watch /config/ --prefix --rev 12", "from a revision on"),
            new("watch greeting -- sh -c 'echo \"$ETCD_WATCH_VALUE\"'", "run a program for each change"),
        ],
        ["compaction"] = [new("compaction 1200 --physical", "drop the history before a revision, and wait until it is gone")],
        ["lease grant"] = [new("lease grant 60", "a lease of a minute")],
        ["lease timetolive"] = [new("lease timetolive 694d77aa9e38260f --keys", "how long it still lives, and the keys that end with it")],
        ["lease keep-alive"] = [new("lease keep-alive 694d77aa9e38260f", "renew it until Ctrl-C")],
        ["lock"] =
        [
            new("lock jobs/nightly", "hold a lock until Ctrl-C"),
            new("lock jobs/nightly --ttl 30 ./job.sh", "hold it while a program runs"),
        ],
        ["elect"] =
        [
            new("elect scheduler host-1", "be a candidate, and lead until Ctrl-C"),
            new("elect scheduler --listen", "see who leads"),
        ],
        ["member add"] =
        [
            new("member add m4 --peer-urls http://10.0.0.4:2380 --learner", "add a member without a vote; start it afterwards"),
        ],
        ["member list"] = [new("member list -w table", "the members, in a frame")],
        ["member promote"] = [new("member promote 8e9e05c52164694d", "give a learner its vote")],
        ["endpoint status"] = [new("endpoint status --cluster -w table", "how all members are")],
        ["endpoint health"] = [new("endpoint health --cluster", "whether all members answer")],
        ["endpoint hashkv"] = [new("endpoint hashkv --cluster", "whether all members hold the same")],
        ["alarm disarm"] = [new("alarm disarm", "after room was made: let the cluster be written to again")],
        ["defrag"] = [new("defrag --cluster --command-timeout 60s", "make the files of all members small, one after the other")],
        ["move-leader"] = [new("move-leader 8e9e05c52164694d --endpoints 10.0.0.1:2379", "ask the leader to let another member lead")],
        ["snapshot save"] = [new("snapshot save backup.db --endpoints 10.0.0.1:2379", "a backup of one member, which is one of all")],
        ["user add"] =
        [
            new("user add app", "asks for the password"),
            new("user add app --no-password", "a user that logs in by a certificate"),
        ],
        ["user grant-role"] = [new("user grant-role app readers", "let a user do what a role may")],
        ["role grant-permission"] =
        [
            new("role grant-permission readers read /config/ --prefix", "let a role read all keys with a prefix"),
        ],
        ["auth enable"] = [new("auth enable", "from now on users need passwords: there must be a user root with the role root")],
        ["downgrade enable"] = [new("downgrade enable 3.5", "let the members go back to a version, one after the other")],
    };
}
