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
public sealed class SnapshotRestore
{
    /// <summary>The term in which the members of a new cluster are agreed on.</summary>
    private const ulong FirstTerm = 1;

    private readonly IDisk disk;
    private readonly RestoreOptions options;
    private readonly HashSeed seed;
    private readonly ILogger log;
    private readonly NewMember member;
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
        member = new NewMember(disk, options.Files);
        members = [.. options.InitialCluster
            .Select(named => new Member(
                Member.IdOf(named.Value, options.InitialClusterToken), named.Key, named.Value, [], IsLearner: false))
            .OrderBy(static member => member.Id)];
        clusterId = Member.ClusterIdOf(members.Select(static member => member.Id));
    }

    private MemberFiles Files => options.Files;

    private string Unfinished => member.Unfinished;

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
        member.RequireRoom();
        log.RestoringSnapshot(options.SnapshotPath, Files.Wal, Files.DataDirectory, Files.Snapshots);
        RequireSnapshot();
        member.Make(() =>
        {
            SnapshotCopy.Run(disk, options.SnapshotPath, Unfinished, options.SkipsHashCheck, options.Progress);
            options.Progress?.Invoke(new OfflineStep("checking the snapshot", 0, 0));
            Check();
            options.Progress?.Invoke(default);
            MakeOwn();
            new SnapshotDirectory(disk, Files.Snapshots).Save(Snapshot);
            CreateLog();
        });
        log.RestoredSnapshot(options.SnapshotPath, Files.Wal, Files.DataDirectory, Files.Snapshots);
    }

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

    /// <summary>The sum tells of the way that the file came, and may have been waived: no member must begin with damaged pages.</summary>
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
        foreach (Member first in members)
        {
            log.AddedRestoredMember(new HexId(clusterId).ToString(), "0", first.HexId, first.PeerUrls, first.IsLearner);
        }
    }

    /// <summary>The log of a cluster whose members have just been agreed on. It is whole when it gets its name.</summary>
    private void CreateLog()
    {
        Metadata metadata = new() { NodeID = members.Single(first => first.Name == options.Name).Id, ClusterID = clusterId };
        WriteAheadLog.Create(disk, Files.Wal, metadata.ToByteArray(), options: null, wal =>
        {
            foreach (Member first in members)
            {
                ConfChange added = new() { Type = ConfChangeType.AddNode, NodeId = first.Id, Context = first.ToJson() };
                wal.AppendEntry((int)EntryType.ConfChange, FirstTerm, wal.LastIndex + 1, RaftWire.Encode(added));
            }

            wal.AppendHardState(new WalHardState(FirstTerm, members[0].Id, LastIndex));
            wal.AppendMarker(Snapshot.ToMarker());
        }).Dispose();
    }
}
