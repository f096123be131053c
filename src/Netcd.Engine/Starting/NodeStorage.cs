using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Engine.Snapshots;
using Netcd.Engine.State;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;
using HexId = Netcd.Engine.Membership.HexId;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Starting;

/// <summary>The files of a node, opened and read: what raft and the replicated state start from.</summary>
internal sealed class NodeStorage : IDisposable
{
    private NodeStorage(IDisk disk, BackendDirectory backend, WriteAheadLog wal, SnapshotDirectory snapshots, ReplicatedState state)
    {
        Disk = disk;
        Backend = backend;
        Wal = wal;
        Snapshots = snapshots;
        State = state;
    }

    public IDisk Disk { get; }

    public BackendDirectory Backend { get; }

    public WriteAheadLog Wal { get; }

    public SnapshotDirectory Snapshots { get; }

    public ReplicatedState State { get; }

    public MemoryLogStorage Log { get; } = new();

    public MemberId MemberId { get; private init; }

    public ulong ClusterId { get; private init; }

    /// <summary>Index of the last entry whose changes the backend holds.</summary>
    public ulong ConsistentIndex { get; private init; }

    /// <summary>That entry's term.</summary>
    public ulong ConsistentTerm { get; private init; }

    /// <summary>Whether the backend held another configuration than the log: nothing but a tool's work on the directory explains
    /// it.</summary>
    public bool HasPutBackendRight { get; private init; }

    /// <summary>Bytes of the log's entries up to there.</summary>
    public long AppliedLogBytes { get; private set; }

    /// <summary>The members to put into the log of a new cluster; empty where the node has a log.</summary>
    public IReadOnlyList<Member> Bootstrap { get; private init; } = [];

    /// <summary>Opens the directory, or makes it for a new cluster.</summary>
    /// <exception cref="NodeStartException">The directory cannot be used; the message says why.</exception>
    public static NodeStorage Open(NodeOptions options, IDisk disk, NodeEnvironment environment)
    {
        string member = Path.Combine(options.DataDirectory, "member");
        string snap = Path.Combine(member, "snap");
        string walDirectory = options.WalDirectory ?? Path.Combine(member, "wal");
        BackendDirectory? backend = null;
        try
        {
            disk.CreateDirectory(snap);
            disk.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(walDirectory))!);
            RequireWhole(disk, snap, options.DataDirectory);
            bool hasLog = WriteAheadLog.Exists(disk, walDirectory);
            backend = new BackendDirectory(disk, snap);
            DefragmentFirst(backend.File, options.BootstrapDefragThresholdBytes, environment.Log);
            SnapshotDirectory snapshots = new(disk, snap);
            return hasLog
                ? Restart(options, disk, walDirectory, backend, snapshots, environment)
                : Create(options, disk, walDirectory, backend, snapshots, environment);
        }
        catch (Exception failure) when (failure is IOException or BoltFormatException or InvalidDataException or JsonException)
        {
            backend?.Abandon();
            throw new NodeStartException(Explain(failure, options.DataDirectory), failure);
        }
        catch
        {
            backend?.Abandon();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        State.Store.Close();
        Wal.Dispose();
        Backend.Dispose();
    }

    /// <summary>A member that began there without the data that was to be restored would do harm.</summary>
    private static void RequireWhole(IDisk disk, string snap, string dataDirectory)
    {
        if (disk.FileExists(Path.Combine(snap, BackendDirectory.RestoringName)))
        {
            throw new NodeStartException($"a restore into data directory {dataDirectory} was not finished: restore the snapshot again");
        }
    }

    /// <summary>As etcd does where <c>--bootstrap-defrag-threshold-megabytes</c> is set.</summary>
    private static void DefragmentFirst(BackendFile file, long thresholdBytes, ILogger log)
    {
        (long size, long inUse) = (file.SizeBytes, file.SizeInUseBytes);
        if (thresholdBytes > 0 && size - inUse < thresholdBytes)
        {
            log.SkippingDefragmentation(
                size, new ByteCount(size), inUse, new ByteCount(inUse), thresholdBytes, new ByteCount(thresholdBytes));
        }
        else if (thresholdBytes > 0)
        {
            new BackendDefragmentation(file, log).RunToEnd();
        }
    }

    private static string Explain(Exception failure, string directory) => failure switch
    {
        DiskLockedException => $"data directory {directory} is in use by another process ({failure.Message})",
        IOException io when DiskErrors.IsDiskFull(io) => $"no space left for data directory {directory}: {failure.Message}",
        _ => $"cannot open data directory {directory}: {failure.Message}",
    };

    private static WalOptions LogOptions(NodeOptions options) => new() { SegmentBytes = options.WalSegmentBytes };

    private static NodeStorage Create(
        NodeOptions options,
        IDisk disk,
        string walDirectory,
        BackendDirectory backend,
        SnapshotDirectory snapshots,
        NodeEnvironment environment)
    {
        ILogger log = environment.Log;
        (ulong memberId, ulong clusterId, IReadOnlyList<Member> bootstrap) = FirstMembers(options);
        BackendView view = backend.File.OpenView();
        ReplicatedState state = ReplicatedState.Restore(view, environment.Seed, environment.Beside);
        if (state.Store.Revision > 1 || state.Members.Members.Count > 0)
        {
            state.Store.Close();
            throw new NodeStartException(
                $"data directory {options.DataDirectory} has a backend with data and no write-ahead log: a restored or damaged directory");
        }

        Metadata metadata = new() { NodeID = memberId, ClusterID = clusterId };
        WriteAheadLog wal = WriteAheadLog.Create(disk, walDirectory, metadata.ToByteArray(), LogOptions(options));
        log.StartingMember(new HexId(memberId), new HexId(clusterId), bootstrap.Count > 0 ? "new" : "existing");
        return new NodeStorage(disk, backend, wal, snapshots, state)
        {
            MemberId = new MemberId(memberId),
            ClusterId = clusterId,
            Bootstrap = bootstrap,
        };
    }

    /// <summary>Who a member without data is: one of a cluster that begins, or one that a running cluster has made room for.</summary>
    private static (ulong MemberId, ulong ClusterId, IReadOnlyList<Member> Bootstrap) FirstMembers(NodeOptions options)
    {
        if (options.Running is { } running)
        {
            return (running.MemberId, running.ClusterId, []);
        }

        if (!options.IsNewCluster)
        {
            throw new NodeStartException("a member that joins must be told of the running cluster");
        }

        List<Member> members = InitialMembers(options, out Member self, out ulong clusterId);
        return (self.Id, clusterId, members);
    }

    private static NodeStorage Restart(
        NodeOptions options,
        IDisk disk,
        string walDirectory,
        BackendDirectory backend,
        SnapshotDirectory snapshots,
        NodeEnvironment environment)
    {
        ILogger log = environment.Log;
        SnapshotFile? snapshot = null;
        WriteAheadLog wal = WriteAheadLog.OpenAtChoice(
            disk, walDirectory, snapshots.NewestNamed(), Choose, out WalContent content, LogOptions(options));
        if (content.Repair is { } repair)
        {
            log.RepairedLog(repair.File, repair.Offset, repair.Bytes, repair.Reason);
        }

        Metadata metadata = Metadata.Parser.ParseFrom(content.Metadata.Span);
        BackendView view = OpenAtLeast(backend, snapshot, log);
        BackendPosition position = BackendPosition.Read(view);

        // A log without a hard state comes from a crash during the first start: the member has neither voted nor
        // acknowledged anything, and perhaps not all of the cluster's first entries are there. It begins again.
        bool isFirstStartIncomplete = snapshot is null && position.Index == 0 && content.HardState.IsEmpty;
        bool hasPutBackendRight = false;
        if (!isFirstStartIncomplete)
        {
            view = BackendAgreement.Settle(backend, view, snapshot, content.Entries, log, out hasPutBackendRight);
            position = BackendPosition.Read(view);
        }

        ReplicatedState state = ReplicatedState.Restore(view, environment.Seed, environment.Beside);
        if (state.Members.IsRemoved(metadata.NodeID))
        {
            throw new NodeStartException("the member has been permanently removed from the cluster");
        }

        NodeStorage storage = new(disk, backend, wal, snapshots, state)
        {
            MemberId = new MemberId(metadata.NodeID),
            ClusterId = metadata.ClusterID,
            ConsistentIndex = position.Index,
            ConsistentTerm = position.Term,
            HasPutBackendRight = hasPutBackendRight,
            Bootstrap = isFirstStartIncomplete && options.IsNewCluster ? BootstrapAgain(options, metadata) : [],
        };
        if (!isFirstStartIncomplete)
        {
            content = options.ForceNewCluster
                ? ForceNewCluster.Begin(wal, content, state, metadata.NodeID, position.Index, options.MaxLearners, log)
                : content;
            storage.Fill(content, snapshot);
        }

        log.RestartingMember(new HexId(metadata.ClusterID), new HexId(metadata.NodeID), content.HardState.Commit, position.Index);
        return storage;

        WalMarker Choose(IReadOnlyList<WalMarker> markers)
        {
            snapshot = snapshots.LoadNewest(markers, out IReadOnlyList<BrokenSnapshot> broken);
            foreach (BrokenSnapshot file in broken)
            {
                log.RenamedBrokenSnapshot(file.Path, file.Reason);
            }

            return snapshot?.ToMarker() ?? WalMarker.Beginning;
        }
    }

    /// <summary>
    /// The backend's state, which must not be older than the newest raft snapshot: where a crash came between the two, the
    /// image that came with the snapshot is still to take the backend's place.
    /// </summary>
    private static BackendView OpenAtLeast(BackendDirectory backend, SnapshotFile? snapshot, ILogger log)
    {
        BackendView view = backend.File.OpenView();
        ulong index = BackendPosition.Read(view).Index;
        if (snapshot is null || index >= snapshot.Index)
        {
            return view;
        }

        view.Release();
        if (!backend.HasImage(snapshot.Index))
        {
            throw new InvalidDataException($"the backend ends at entry {index}, before the raft snapshot at {snapshot.Index}");
        }

        log.ReplacingBackend(snapshot.Index, index);
        return backend.ReplaceByReceived(new SnapshotMetadata
        {
            Index = snapshot.Index,
            Term = snapshot.Term,
            ConfState = SnapshotKeeper.ToRaft(snapshot.ConfState),
        }).OpenView();
    }

    private static List<Member> BootstrapAgain(NodeOptions options, Metadata metadata)
    {
        List<Member> members = InitialMembers(options, out Member self, out ulong clusterId);
        return self.Id == metadata.NodeID && clusterId == metadata.ClusterID
            ? members
            : throw new NodeStartException(
                $"data directory {options.DataDirectory} was begun for another initial cluster (member {metadata.NodeID:x} in "
                    + $"{metadata.ClusterID:x})");
    }

    /// <summary>The members that the operator names for a new cluster, in the order of their ids.</summary>
    private static List<Member> InitialMembers(NodeOptions options, out Member self, out ulong clusterId)
    {
        List<Member> members = [];
        foreach ((string name, IReadOnlyList<string> urls) in options.InitialCluster)
        {
            members.Add(new Member(Member.IdOf(urls, options.InitialClusterToken), name, urls, [], IsLearner: false));
        }

        members.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        self = members.Find(candidate => candidate.Name == options.Name)
            ?? throw new NodeStartException($"couldn't find local name \"{options.Name}\" in the initial cluster configuration");
        clusterId = Member.ClusterIdOf(members.Select(candidate => candidate.Id));
        return members;
    }

    /// <summary>Puts the log into memory, for raft to read.</summary>
    private void Fill(WalContent content, SnapshotFile? snapshot)
    {
        // Raft starts at the consistent index, so its configuration must be the one of that index, and not the snapshot's.
        Raft.ConfState confState = State.ConfState;
        Log.ApplySnapshot(new Raft.Snapshot
        {
            Metadata = new SnapshotMetadata { Index = snapshot?.Index ?? 0, Term = snapshot?.Term ?? 0, ConfState = confState },
        });
        Log.Append(content.Entries.Select(entry => new Entry((EntryType)entry.Type, entry.Term, entry.Index, entry.Data)).ToArray());
        AppliedLogBytes = content.Entries.TakeWhile(entry => entry.Index <= ConsistentIndex).Sum(static entry => (long)entry.Data.Length);

        // The commit index is written without a flush of its own, so the backend may know of a later one: what it holds was committed.
        WalHardState hardState = content.HardState;
        ulong commit = Math.Max(hardState.Commit, ConsistentIndex);
        if (commit > hardState.Commit)
        {
            // Raft takes this one for written. A snapshot's marker counts only behind a commit index that is not below it, and lets go
            // of the markers before: it goes into the log ahead of any.
            Wal.AppendHardState(new WalHardState(hardState.Term, hardState.Vote, commit));
        }

        Log.SetHardState(new HardState(hardState.Term, hardState.Vote, commit));
    }
}
