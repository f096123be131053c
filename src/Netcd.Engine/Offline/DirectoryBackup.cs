using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Snapshots;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;
using FileConfState = Netcd.Storage.Snapshots.ConfState;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Offline;

/// <summary>
/// Copies the files of a member with its log, as etcd's old backup does: the members are exchanged for one that nobody has, so that the
/// copy starts by <c>--force-new-cluster</c> alone. Entries keep their places; those about members become empty ones.
/// </summary>
public sealed partial class DirectoryBackup
{
    private readonly IDisk disk;
    private readonly MemberFiles from;
    private readonly MemberFiles to;
    private readonly ILogger log;
    private readonly Member placeholder;

    /// <summary>Prepares a backup.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="from">The member, which is not running.</param>
    /// <param name="to">Where the copy goes; it holds nothing, or is not there.</param>
    /// <param name="placeholderId">The id of the member in the copy: one that no other has.</param>
    /// <param name="log">Where its steps are told.</param>
    public DirectoryBackup(IDisk disk, MemberFiles from, MemberFiles to, ulong placeholderId, ILogger log)
    {
        this.disk = disk;
        this.from = from;
        this.to = to;
        this.log = log;
        placeholder = new Member(placeholderId, "etcdctl-v2-backup", ["http://use-flag--force-new-cluster:2080"], [], IsLearner: false);
    }

    private FileConfState ConfState => new() { Voters = [placeholder.Id] };

    /// <summary>Does it. Where it fails, nothing is left but empty directories.</summary>
    /// <exception cref="OfflineException">The member's files cannot be read, or there are others in their way.</exception>
    /// <exception cref="IOException">The disk fails, or a process has the member's files.</exception>
    public void Run()
    {
        from.RequireDatabase(disk);
        NewMember copy = new(disk, to);
        copy.RequireRoom();
        using BoltDatabase source = OfflineDatabase.Open(disk, from.Database);
        SnapshotFile? snapshot = Snapshot();
        WalContent content = LogReader.Read(disk, from.Wal, snapshot?.ToMarker() ?? WalMarker.Beginning);
        copy.Make(() =>
        {
            if (snapshot is not null)
            {
                new SnapshotDirectory(disk, to.Snapshots).Save(snapshot);
            }

            Copy(source, copy.Unfinished);
            ExchangeMembers(copy.Unfinished);
            CreateLog(content, snapshot);
        });
    }

    private SnapshotFile? Snapshot()
    {
        try
        {
            return from.NewestSnapshot(disk) is { } newest && SnapshotDirectory.Read(disk, newest.Path) is var found
                ? found with { ConfState = ConfState, Data = WithPlaceholder(found.Data) }
                : null;
        }
        catch (InvalidDataException damaged)
        {
            throw new OfflineException("raft's newest snapshot is damaged: " + damaged.Message, damaged);
        }
    }

    private byte[] WithPlaceholder(ReadOnlyMemory<byte> data)
    {
        V2StoreImage image = data.IsEmpty ? new V2StoreImage() : V2StoreImage.Decode(data);
        SnapshotMember only = new(placeholder.Id, placeholder.PeerUrls, IsLearner: false, placeholder.Name, []);
        return (image with { Members = [only], RemovedIds = [] }).Encode();
    }

    private void Copy(BoltDatabase source, string path)
    {
        disk.Delete(path);
        using BoltReadTransaction transaction = source.BeginRead();
        using IDiskFile target = disk.Open(path, DiskOpenMode.CreateNew);
        byte[] chunk = new byte[1 << 20];
        for (long at = 0; transaction.ReadImage(at, chunk) is var read and > 0; at += read)
        {
            target.WriteAt(at, chunk.AsSpan(0, read));
        }

        target.Flush();
    }

    private void ExchangeMembers(string path)
    {
        log.TrimmingMembership();
        using BackendFile file = BackendFile.Open(disk, path);
        BackendView view = file.OpenView();
        List<BucketChange> changes;
        BackendPosition position;
        try
        {
            changes = [.. MembershipChanges.Replace(view, [placeholder])];
            position = BackendPosition.Read(view);
        }
        finally
        {
            view.Release();
        }

        byte[] confState = ConfStateJson.Encode(SnapshotKeeper.ToRaft(ConfState));
        changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), confState));
        file.Commit(new BackendBatch { Changes = changes, ConsistentIndex = position.Index, Term = position.Term });
    }

    private void CreateLog(WalContent content, SnapshotFile? snapshot) =>
        WriteAheadLog.Create(disk, to.Wal, content.Metadata.Span, options: null, wal =>
        {
            if (snapshot is not null)
            {
                wal.AppendMarker(snapshot.ToMarker());
            }

            foreach (WalEntry entry in content.Entries)
            {
                bool isKept = IsKept(entry);
                wal.AppendEntry(
                    isKept ? entry.Type : (int)EntryType.Normal, entry.Term, entry.Index, isKept ? entry.Data.Span : default);
            }

            wal.AppendHardState(content.HardState);
        }).Dispose();

    private bool IsKept(in WalEntry entry)
    {
        if ((EntryType)entry.Type != EntryType.Normal)
        {
            log.IgnoringConfChange(entry.Index);
            return false;
        }

        bool isAboutMember = LoggedEntry.TryReadRequest(entry, out InternalRaftRequest? request)
            && (request.ClusterMemberAttrSet is not null || (request.V2 is { Method: "PUT" } v2 && MemberAttributes().IsMatch(v2.Path)));
        if (isAboutMember)
        {
            log.IgnoringMemberAttributes(entry.Index);
        }

        return !isAboutMember;
    }

    [GeneratedRegex("/0/members/[0-9a-fA-F]{1,16}/attributes")]
    private static partial Regex MemberAttributes();
}
