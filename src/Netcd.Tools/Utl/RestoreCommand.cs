using Netcd.Engine.Membership;
using Netcd.Engine.Offline;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Utl;

/// <summary>Makes a member of a new cluster from a snapshot.</summary>
/// <param name="context">What it works with.</param>
/// <param name="needsDirectory">Whether the directory must be named; else it is called after the member.</param>
internal sealed class RestoreCommand(UtlContext context, bool needsDirectory = true)
{
    private const string DefaultUrl = "http://localhost:2380";
    private const ulong MapSize = 10UL << 30;

    private readonly TextFlag dataDir = new("data-dir", "Path to the output data directory")
    {
        IsRequired = needsDirectory,
        IsDirectory = true,
    };
    private readonly TextFlag walDir =
        new("wal-dir", "Path to the WAL directory (use --data-dir if none given)") { IsDirectory = true };
    private readonly TextFlag cluster =
        new("initial-cluster", "Initial cluster configuration for restore bootstrap", "default=" + DefaultUrl);
    private readonly TextFlag token = new(
        "initial-cluster-token", "Initial cluster token for the etcd cluster during restore bootstrap", "etcd-cluster");
    private readonly TextFlag peerUrls = new(
        "initial-advertise-peer-urls", "List of this member's peer URLs to advertise to the rest of the cluster", DefaultUrl);
    private readonly TextFlag name = new("name", "Human-readable name for this member", "default");
    private readonly BooleanFlag skipHashCheck = new(
        "skip-hash-check", "Ignore snapshot integrity hash value (required if copied from data directory)");
    private readonly UnsignedFlag bump = new("bump-revision", "How much to increase the latest revision after restore");
    private readonly BooleanFlag markCompacted = new(
        "mark-compacted",
        "Mark the latest revision after restore as the point of scheduled compaction (required if --bump-revision > 0, disallowed "
            + "otherwise)");

    /// <summary>Taken to say why it is not possible.</summary>
    private readonly TextFlag revision = new("revision", "Not possible from one snapshot") { IsHidden = true };

    /// <summary>etcd maps so much of the file; here a file is mapped as it is, so it is checked and has no effect.</summary>
    private readonly UnsignedFlag mapSize = new(
        "initial-memory-map-size",
        "Initial memory map size of the database in bytes. It uses the default value if not defined or defined to 0",
        MapSize);

    public Command Create() => new(
        "restore <filename> --data-dir {output dir} [options]", "Restores an etcd member snapshot to an etcd directory")
    {
        Flags = [dataDir, walDir, cluster, token, peerUrls, name, skipHashCheck, mapSize, bump, markCompacted, revision],
        Run = Run,
    };

    private int Run(IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 1)
        {
            throw new CommandFailure(ExitCodes.BadArguments, "snapshot restore requires exactly one argument");
        }

        if (revision.IsGiven)
        {
            throw new CommandFailure(
                ExitCodes.BadArguments,
                "--revision is not possible: one snapshot has the store as of its own revision (see snapshot status), not as of any "
                    + "other. Restore a snapshot that was taken at that time");
        }

        if (bump.Value > 0 != markCompacted.Value)
        {
            throw new CommandFailure(ExitCodes.BadArguments, "--mark-compacted required if --revision-bump > 0");
        }

        using FileProgress progress = new(context);
        RestoreOptions options = Options(arguments[0]) with { Progress = progress.Show };
        return FileWork.Do(() =>
        {
            new SnapshotRestore(context.Disk, options, context.Seed, context.Log).Run();
            return ExitCodes.Success;
        });
    }

    private RestoreOptions Options(string path) => new()
    {
        SnapshotPath = path,
        Files = new MemberFiles(
            dataDir.Value.Length == 0 ? name.Value + ".etcd" : dataDir.Value, walDir.Value.Length == 0 ? null : walDir.Value),
        Name = name.Value,
        InitialCluster = ReadCluster(),
        InitialClusterToken = token.Value,
        SkipsHashCheck = skipHashCheck.Value,
        RevisionBump = bump.Value,
    };

    private IReadOnlyDictionary<string, IReadOnlyList<string>> ReadCluster()
    {
        string? fault = peerUrls.Value.Length == 0
            ? "URL scheme must be http, https, unix, or unixs: "
            : MemberUrl.TryParseList(peerUrls.Value, out IReadOnlyList<MemberUrl> _);
        if (fault is not null)
        {
            throw new CommandFailure(ExitCodes.Failure, fault);
        }

        _ = MemberUrl.TryParseList(peerUrls.Value, out IReadOnlyList<MemberUrl> advertised);
        try
        {
            InitialCluster read = new(cluster.Value);
            read.CheckStart(name.Value, advertised);
            return read.Members;
        }
        catch (InitialClusterException wrong)
        {
            throw new CommandFailure(ExitCodes.Failure, wrong.Message);
        }
    }
}
