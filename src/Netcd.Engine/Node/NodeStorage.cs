using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Node;

/// <summary>The files of a node, opened and read: what raft and the replicated state start from.</summary>
internal sealed class NodeStorage : IDisposable
{
    private NodeStorage(BackendFile backend, WriteAheadLog wal, SnapshotDirectory snapshots, ReplicatedState state)
    {
        Backend = backend;
        Wal = wal;
        Snapshots = snapshots;
        State = state;
    }

    public BackendFile Backend { get; }

    public WriteAheadLog Wal { get; }

    public SnapshotDirectory Snapshots { get; }

    public ReplicatedState State { get; }

    public MemoryLogStorage Log { get; } = new();

    public ulong MemberId { get; private init; }

    public ulong ClusterId { get; private init; }

    /// <summary>Index of the last entry whose changes the backend holds.</summary>
    public ulong ConsistentIndex { get; private init; }

    /// <summary>That entry's term.</summary>
    public ulong ConsistentTerm { get; private init; }

    /// <summary>The members to put into the log of a new cluster; empty where the node has a log.</summary>
    public IReadOnlyList<Member> Bootstrap { get; private init; } = [];

    /// <summary>Opens the directory, or makes it for a new cluster.</summary>
    /// <exception cref="NodeStartException">The directory cannot be used; the message says why.</exception>
    public static NodeStorage Open(NodeOptions options, IDisk disk, ILogger log)
    {
        string member = Path.Combine(options.DataDirectory, "member");
        string snap = Path.Combine(member, "snap");
        string walDirectory = options.WalDirectory ?? Path.Combine(member, "wal");
        string database = Path.Combine(snap, "db");
        BackendFile? backend = null;
        try
        {
            disk.CreateDirectory(snap);
            disk.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(walDirectory))!);
            bool hasLog = WriteAheadLog.Exists(disk, walDirectory);
            backend = BackendFile.Open(disk, database);
            SnapshotDirectory snapshots = new(disk, snap);
            return hasLog
                ? Restart(options, disk, walDirectory, backend, snapshots, log)
                : Create(options, disk, walDirectory, backend, snapshots, log);
        }
        catch (Exception failure) when (failure is IOException or BoltFormatException or InvalidDataException)
        {
            backend?.Dispose();
            throw new NodeStartException(Explain(failure, options.DataDirectory), failure);
        }
        catch
        {
            backend?.Dispose();
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

    private static string Explain(Exception failure, string directory) => failure switch
    {
        DiskLockedException => $"data directory {directory} is in use by another process ({failure.Message})",
        IOException io when DiskErrors.IsDiskFull(io) => $"no space left for data directory {directory}: {failure.Message}",
        _ => $"cannot open data directory {directory}: {failure.Message}",
    };

    private static WalOptions LogOptions(NodeOptions options) => new() { SegmentBytes = options.WalSegmentBytes };

    private static NodeStorage Create(
        NodeOptions options, IDisk disk, string walDirectory, BackendFile backend, SnapshotDirectory snapshots, ILogger log)
    {
        List<Member> members = InitialMembers(options, out Member self, out ulong clusterId);
        BackendView view = backend.OpenView();
        ReplicatedState state = ReplicatedState.Restore(view);
        if (state.Store.Revision > 1 || state.Members.Members.Count > 0)
        {
            state.Store.Close();
            throw new NodeStartException(
                $"data directory {options.DataDirectory} has a backend with data and no write-ahead log: a restored or damaged directory");
        }

        Metadata metadata = new() { NodeID = self.Id, ClusterID = clusterId };
        WriteAheadLog wal = WriteAheadLog.Create(disk, walDirectory, metadata.ToByteArray(), LogOptions(options));
        log.LogInformation("starting member {MemberId:x} in new cluster {ClusterId:x}", self.Id, clusterId);
        return new NodeStorage(backend, wal, snapshots, state) { MemberId = self.Id, ClusterId = clusterId, Bootstrap = members };
    }

    private static NodeStorage Restart(
        NodeOptions options, IDisk disk, string walDirectory, BackendFile backend, SnapshotDirectory snapshots, ILogger log)
    {
        BackendView view = backend.OpenView();
        (ulong index, ulong term) = ReadPosition(view);
        SnapshotFile? snapshot = snapshots.LoadNewest(WriteAheadLog.ReadMarkers(disk, walDirectory), out IReadOnlyList<BrokenSnapshot> broken);
        foreach (BrokenSnapshot file in broken)
        {
            log.LogWarning("set aside a damaged snapshot {Path}: {Reason}", file.Path, file.Reason);
        }

        WriteAheadLog wal = WriteAheadLog.Open(disk, walDirectory, snapshot?.ToMarker() ?? WalMarker.Beginning, out WalContent content, LogOptions(options));
        if (content.Repair is { } repair)
        {
            log.LogWarning("cut off a torn tail of {Bytes} bytes at {Offset} of {File}: {Reason}", repair.Bytes, repair.Offset, repair.File, repair.Reason);
        }

        Metadata metadata = Metadata.Parser.ParseFrom(content.Metadata.Span);
        ulong snapshotIndex = snapshot?.Index ?? 0;
        if (index < snapshotIndex)
        {
            throw new InvalidDataException($"the backend ends at entry {index}, before the raft snapshot at {snapshotIndex}");
        }

        // A log without a hard state comes from a crash during the first start: the member has neither voted nor
        // acknowledged anything, and perhaps not all of the cluster's first entries are there. It begins again.
        bool isUnborn = snapshot is null && index == 0 && content.HardState.IsEmpty;
        ReplicatedState state = ReplicatedState.Restore(view);
        NodeStorage storage = new(backend, wal, snapshots, state)
        {
            MemberId = metadata.NodeID,
            ClusterId = metadata.ClusterID,
            ConsistentIndex = index,
            ConsistentTerm = term,
            Bootstrap = isUnborn ? BootstrapAgain(options, metadata) : [],
        };
        if (!isUnborn)
        {
            storage.Fill(content, snapshot);
        }

        log.LogInformation(
            "restarting member {MemberId:x} in cluster {ClusterId:x} at commit index {Commit}, backend at {Applied}",
            metadata.NodeID, metadata.ClusterID, content.HardState.Commit, index);
        return storage;
    }

    private static List<Member> BootstrapAgain(NodeOptions options, Metadata metadata)
    {
        List<Member> members = InitialMembers(options, out Member self, out ulong clusterId);
        return self.Id == metadata.NodeID && clusterId == metadata.ClusterID
            ? members
            : throw new NodeStartException(
                $"data directory {options.DataDirectory} was begun for another initial cluster (member {metadata.NodeID:x} in {metadata.ClusterID:x})");
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

    private static (ulong Index, ulong Term) ReadPosition(BackendView view) =>
        view.Transaction.TryGetBucket(Schema.Meta, out BoltBucket? meta)
            ? (ReadNumber(meta, Schema.ConsistentIndex), ReadNumber(meta, Schema.Term))
            : (0, 0);

    private static ulong ReadNumber(BoltBucket bucket, ReadOnlySpan<byte> key) =>
        bucket.TryGet(key, out ReadOnlySpan<byte> value) && value.Length == sizeof(ulong)
            ? BinaryPrimitives.ReadUInt64BigEndian(value)
            : 0;

    /// <summary>Puts the log into memory, for raft to read.</summary>
    private void Fill(WalContent content, SnapshotFile? snapshot)
    {
        // Raft starts at the consistent index, so its configuration must be the one of that index: the backend has it.
        Raft.ConfState confState = State.ConfState;
        Log.ApplySnapshot(new Raft.Snapshot
        {
            Metadata = new SnapshotMetadata { Index = snapshot?.Index ?? 0, Term = snapshot?.Term ?? 0, ConfState = confState },
        });
        Log.Append(content.Entries.Select(entry => new Entry((EntryType)entry.Type, entry.Term, entry.Index, entry.Data)).ToArray());
        if (ConsistentIndex > Log.LastIndex)
        {
            throw new InvalidDataException($"the backend holds entry {ConsistentIndex}, the write-ahead log ends at {Log.LastIndex}");
        }

        // The commit index is written without a flush of its own, so the backend may know of a later one: what it holds was committed.
        WalHardState hardState = content.HardState;
        Log.SetHardState(new HardState(hardState.Term, hardState.Vote, Math.Max(hardState.Commit, ConsistentIndex)));
    }
}
