using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Utl;

/// <summary>Examples, which etcdutl's own help does not have.</summary>
internal static class UtlExamples
{
    public static IReadOnlyDictionary<string, CommandExample[]> All { get; } = new Dictionary<string, CommandExample[]>
    {
        ["snapshot status"] = [new("snapshot status backup.db -w table", "what a snapshot holds")],
        ["snapshot restore"] =
        [
            new("snapshot restore backup.db --data-dir /var/lib/netcd", "the files of a cluster of one"),
            new("snapshot restore member/snap/db --data-dir new --skip-hash-check", "of a file that was copied out of a data directory"),
        ],
        ["hashkv"] = [new("hashkv backup.db --rev 1200", "the sum that members compare")],
        ["defrag"] = [new("defrag --data-dir /var/lib/netcd", "make a stopped member's file as small as it gets")],
        ["migrate"] = [new("migrate --data-dir /var/lib/netcd --target-version 3.5", "before a member goes back to etcd 3.5")],
        ["backup"] = [new("backup --data-dir /var/lib/netcd --backup-dir copy", "copy a stopped member's files")],
        ["check v2store"] = [new("check v2store --data-dir /var/lib/etcd", "before etcd 3.5 is left behind")],
        ["db check"] = [new("db check backup.db", "read every page")],
        ["db dump"] = [new("db dump backup.db --bucket members", "what a bucket holds")],
        ["wal dump"] = [new("wal dump --data-dir /var/lib/netcd", "every record of the log")],
    };
}
