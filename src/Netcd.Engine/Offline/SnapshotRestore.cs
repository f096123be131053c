using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Membership;
using Netcd.Engine.Snapshots;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;
using FileConfState = Netcd.Storage.Snapshots.ConfState;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Offline;

/// <summary>
/// Makes the first member's files of a new cluster from a snapshot: the data of the old cluster, the members and ids of the new one.
/// </summary>
/// <remarks>
/// The database gets its name last, when all else is on the disk: until then it is called <c>db.restoring</c>, and neither does a member
/// start there nor is the directory taken for one that holds something.
/// </remarks>
public sealed class SnapshotRestore
{
    /// <summary>The term in which the members of a new cluster are agreed on.</summary>
    private const ulong FirstTerm = 1;

    private readonly IDisk disk;
    private readonly RestoreOptions options;
    private readonly HashSeed seed;
    private readonly ILogger log;
    private readonly List<Member> members;
    private readonly ulong clusterId;

    /// <summary>Prepares a restore.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="seed">The secret of the tables that the check of the snapshot fills.</param>
    /// <param name="log">Where its steps are told.</param>
    public SnapshotRestore(IDisk disk, RestoreOptions options, HashSeed seed, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.disk = disk;
        this.options = options;
        this.seed = seed;
        this.log = log;
        members = [.. options.InitialCluster
            .Select(named => new Member(
                Member.IdOf(named.Value, options.InitialClusterToken), named.Key, named.Value, [], IsLearner: false))
            .OrderBy(static member => member.Id)];
        clusterId = Member.ClusterIdOf(members.Select(static member => member.Id));
    }

    private MemberFiles Files => options.Files;

    private string Unfinished => Path.Combine(Files.Snapshots, BackendDirectory.RestoringName);

    private ulong LastIndex => (ulong)members.Count;

    private SnapshotFile Snapshot => new(
        LastIndex,
        FirstTerm,
        new FileConfState { Voters = [.. members.Select(static member => member.Id)] },
        SnapshotKeeper.EncodeMembers(ClusterMembers.Of(members, [])));

    /// <summary>Does it. Where it fails, nothing is left but empty directories.</summary>
    /// <exception cref="OfflineException">The snapshot or the directory cannot be used.</exception>
    /// <exception cref="IOException">The disk fails, or another process has one of the files.</exception>
    public void Run()
    {
        RequireRoom();
        log.RestoringSnapshot(options.SnapshotPath, Files.Wal, Files.DataDirectory, Files.Snapshots);
        RequireSnapshot();
        disk.CreateDirectory(Files.Snapshots);
        try
        {
            SnapshotCopy.Run(disk, options.SnapshotPath, Unfinished, options.SkipsHashCheck);
            Check();
            MakeOwn();
            new SnapshotDirectory(disk, Files.Snapshots).Save(Snapshot);
            CreateLog();
            disk.Rename(Unfinished, Files.Database);
            disk.FlushDirectory(Files.Snapshots);
        }
        catch
        {
            RemoveWhatWasMade();
            throw;
        }

        log.RestoredSnapshot(options.SnapshotPath, Files.Wal, Files.DataDirectory, Files.Snapshots);
    }

    /// <summary>What an earlier restore left that was killed is removed; anything else is somebody's.</summary>
    private void RequireRoom()
    {
        if (disk.FileExists(Unfinished))
        {
            RemoveWhatWasMade();
        }

        if (HoldsFiles(Files.DataDirectory))
        {
            throw new OfflineException($"data-dir \"{Files.DataDirectory}\" not empty or could not be read");
        }

        if (Files.WalDirectory is { } elsewhere && HoldsFiles(elsewhere))
        {
            throw new OfflineException($"wal-dir \"{elsewhere}\" exists");
        }
    }

    private bool HoldsFiles(string directory) => disk.DirectoryExists(directory)
        ? disk.List(directory).Any(name => HoldsFiles(Path.Combine(directory, name)))
        : disk.FileExists(directory);

    private void RequireSnapshot()
    {
        if (disk.DirectoryExists(options.SnapshotPath))
        {
            throw new OfflineException($"{options.SnapshotPath} is a directory and no snapshot");
        }

        if (!disk.FileExists(options.SnapshotPath))
        {
            throw new OfflineException($"open {options.SnapshotPath}: no such file or directory");
        }
    }

    /// <summary>The sum tells of the way that the file came, and may have been waived: a member must not begin with damaged pages.</summary>
    private void Check()
    {
        try
        {
            ImageCheck.Check(disk, Unfinished, seed);
        }
        catch (InvalidDataException damaged)
        {
            throw new OfflineException($"{options.SnapshotPath} is no snapshot, or is damaged: {damaged.Message}", damaged);
        }
    }

    private void MakeOwn()
    {
        log.TrimmingMembership();
        using BackendFile file = BackendFile.Open(disk, Unfinished);
        BackendView view = file.OpenView();
        List<BucketChange> changes = [];
        try
        {
            changes.AddRange(MembershipChanges.Replace(view, members));
            if (options.RevisionBump > 0)
            {
                changes.AddRange(RevisionBump.Changes(view, options.RevisionBump, log));
            }
        }
        finally
        {
            view.Release();
        }

        byte[] confState = ConfStateJson.Encode(SnapshotKeeper.ToRaft(Snapshot.ConfState));
        changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), confState));
        file.Commit(new BackendBatch { Changes = changes, ConsistentIndex = LastIndex, Term = FirstTerm });
        foreach (Member member in members)
        {
            log.AddedRestoredMember(new HexId(clusterId).ToString(), "0", member.HexId, member.PeerUrls, member.IsLearner);
        }
    }

    /// <summary>The log of a cluster whose members have just been agreed on. It is whole when it gets its name.</summary>
    private void CreateLog()
    {
        Metadata metadata = new() { NodeID = members.Single(member => member.Name == options.Name).Id, ClusterID = clusterId };
        WriteAheadLog.Create(disk, Files.Wal, metadata.ToByteArray(), options: null, wal =>
        {
            foreach (Member member in members)
            {
                ConfChange added = new() { Type = ConfChangeType.AddNode, NodeId = member.Id, Context = member.ToJson() };
                wal.AppendEntry((int)EntryType.ConfChange, FirstTerm, wal.LastIndex + 1, RaftWire.Encode(added));
            }

            wal.AppendHardState(new WalHardState(FirstTerm, members[0].Id, LastIndex));
            wal.AppendMarker(Snapshot.ToMarker());
        }).Dispose();
    }

    private void RemoveWhatWasMade()
    {
        if (disk.DirectoryExists(Files.Wal))
        {
            // It was not there, or was empty: all in it is of the log that this restore began.
            foreach (string name in disk.List(Files.Wal))
            {
                disk.Delete(Path.Combine(Files.Wal, name));
            }

            disk.FlushDirectory(Files.Wal);
        }

        disk.Delete(Path.Combine(Files.Snapshots, Snapshot.Name));
        disk.FlushDirectory(Files.Snapshots);

        // Last: it says that all else may be removed.
        disk.Delete(Unfinished);
        disk.FlushDirectory(Files.Snapshots);
    }
}
