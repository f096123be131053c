namespace Netcd.Interop.Tools;

/// <summary>Command lines of etcdutl: netcd under its name does and says the same of files, down to the exit code.</summary>
public sealed class UtlInvocationTests
{
    /// <summary>What reads files.</summary>
    private static readonly string[] Reads =
    [
        "snapshot status @etcd.snapshot", "snapshot status @netcd.snapshot", "snapshot status @etcd.snapshot -w json",
        "snapshot status @netcd.snapshot -wjson", "-w=table snapshot status @etcd.snapshot",
        "snapshot --write-out table status @netcd.snapshot", "snapshot status @etcd.snapshot --write-out=fields",
        "snapshot status @netcd.snapshot -w fields", "snapshot status @etcd.snapshot -w simple -w json",
        "snapshot status @etcd.snapshot -w protobuf", "snapshot status @etcd.snapshot -w bogus", "snapshot status @etcd.snapshot -w ''",
        "snapshot status @etcd/member/snap/db", "snapshot status @netcd/member/snap/db", "snapshot status @without-sum",
        "snapshot status @wrong-sum", "snapshot status @missing", "check v2store --data-dir @etcd", "check v2store --data-dir @netcd",
        "check v2store --data-dir @etcd --wal-dir @etcd/member/wal", "check v2store --data-dir @missing",
        "check v2store --data-dir @etcd --wal-dir @missing",
    ];

    /// <summary>What makes files, and what refuses to.</summary>
    private static readonly string[] Writes =
    [
        "snapshot restore @etcd.snapshot --data-dir @r1", "snapshot restore @etcd.snapshot --data-dir @r1",
        "snapshot status @r1/member/snap/db -w json",
        "snapshot restore --data-dir=@r2 @netcd.snapshot --bump-revision 0x10 --mark-compacted",
        "snapshot restore @etcd.snapshot --data-dir @etcd", "snapshot restore @missing --data-dir @r3",
        "snapshot restore @without-sum --data-dir @r4", "snapshot restore @without-sum --data-dir @r5 --skip-hash-check",
        "snapshot restore @wrong-sum --data-dir @r6", "snapshot restore @wrong-sum --data-dir @r7 --skip-hash-check=1",
        "snapshot restore @etcd.snapshot --data-dir @r8 --wal-dir @w8",
        "snapshot restore @etcd.snapshot --data-dir @r9 --name n --initial-cluster n=http://127.0.0.1:1,m=http://127.0.0.1:2"
            + " --initial-advertise-peer-urls http://127.0.0.1:1 --initial-cluster-token t",
        "snapshot restore @etcd.snapshot --data-dir @r10 --name n",
        "snapshot restore @etcd.snapshot --data-dir @r10 --initial-cluster n=a:1 --name n",
        "snapshot restore @etcd.snapshot --data-dir @r10 --initial-cluster ''",
        "snapshot restore @etcd.snapshot --data-dir @r10 --initial-advertise-peer-urls http",
        "snapshot restore @etcd.snapshot --data-dir @r10 --initial-advertise-peer-urls ''",
        "snapshot restore @etcd.snapshot --data-dir @r10 --name n --initial-cluster n=http://127.0.0.1:1"
            + " --initial-advertise-peer-urls http://127.0.0.1:3",
        "snapshot restore @etcd.snapshot --data-dir @r10 --name n --initial-cluster n=http://127.0.0.1:1,m=http://127.0.0.1:1"
            + " --initial-advertise-peer-urls http://127.0.0.1:1",
        "snapshot restore @etcd.snapshot --data-dir @r11 --initial-memory-map-size 1000000",
        "defrag --data-dir @etcd", "defrag --data-dir @netcd", "backup --data-dir @etcd --backup-dir @b1",
        "backup --data-dir @netcd --backup-dir @b2 --backup-wal-dir @bw2", "backup --data-dir @etcd --backup-dir @b3 --with-v3=true",
    ];

    /// <summary>Damaged input: etcdutl's words are those of its libraries; ours say which file it is, and what is wrong.</summary>
    private static readonly string[] Damaged =
    [
        "snapshot status @empty", "snapshot status @tiny", "snapshot status @truncated", "snapshot status @text", "snapshot status @etcd",
        "snapshot restore @empty --data-dir @d1", "snapshot restore @tiny --data-dir @d2 --skip-hash-check",
        "snapshot restore @truncated --data-dir @d3",
    ];

    [Fact]
    public async Task Command_lines_do_and_say_the_same_as_by_etcdutl()
    {
        using TemporaryFolder folder = new();
        string tool = UtlFiles.Link(folder);
        EtcdutlPair pair = await EtcdutlPair.CreateAsync(
            folder, await UtlFiles.MakeAsync(folder), words => Command.RunAsync(tool, words));
        await Parallel.ForEachAsync(
            Reads, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (line, _) => await pair.RunAsync(line));
        await Parallel.ForEachAsync(
            Damaged, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (line, _) => await pair.RunAsync(line, sameWords: false));
        foreach (string line in Writes)
        {
            await pair.RunAsync(line);
        }

        pair.AssertSame();
        Assert.True(pair.Commands >= 50, $"only {pair.Commands} command lines");
    }
}
