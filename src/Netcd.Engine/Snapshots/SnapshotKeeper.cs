using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Snapshots;

/// <summary>A raft snapshot: where it stands, and the membership at that place. The data itself is the backend's file.</summary>
internal sealed record RaftSnapshot(ulong Index, ulong Term, Raft.ConfState ConfState, ClusterMembers Members);

/// <summary>Writes raft snapshots and lets go of the log behind them.</summary>
internal sealed class SnapshotKeeper(SnapshotDirectory directory, int maxSnapshots, int maxSegments, ILogger log)
{
    private ulong newest;

    /// <summary>
    /// Writes the snapshot, marks it in the log, and releases and purges what is older.
    /// </summary>
    /// <returns>False where a newer one has been received meanwhile or there is no room for it, and nothing was done.</returns>
    public bool Save(WriteAheadLog wal, RaftSnapshot snapshot)
    {
        if (snapshot.Index <= newest)
        {
            return false;
        }

        SnapshotFile file = new(snapshot.Index, snapshot.Term, ToFile(snapshot.ConfState), EncodeMembers(snapshot.Members));
        try
        {
            directory.Save(file);
        }
        catch (IOException full) when (DiskErrors.IsLackOfRoom(full))
        {
            // The log holds everything still: the next start reads more of it, and the next snapshot has its turn later.
            log.FailedToSaveSnapshot(snapshot.Index, full.Message);
            return false;
        }

        newest = snapshot.Index;
        wal.AppendMarker(file.ToMarker());
        wal.Flush();
        wal.ReleaseTo(snapshot.Index);
        Purge(wal, file);
        return true;
    }

    /// <summary>Deletes what no start needs any more. Where no directory can be opened for that, the next snapshot's turn is soon
    /// enough.</summary>
    private void Purge(WriteAheadLog wal, SnapshotFile file)
    {
        int segments = wal.Purge(maxSegments);
        int files = 0;
        try
        {
            files = directory.Purge(maxSnapshots, file) + directory.PurgeDatabases(file.Index);
        }
        catch (IOException full) when (DiskErrors.IsOutOfDescriptors(full))
        {
            log.FailedToPurge(full.Message);
        }

        if (segments + files > 0)
        {
            log.Purged(segments, files);
        }
    }

    /// <summary>
    /// Writes a snapshot that another member sent, and its marker into the log's buffer: it counts from the next flush on. Its
    /// image is on the disk already.
    /// </summary>
    public void Receive(WriteAheadLog wal, Raft.Snapshot snapshot)
    {
        Raft.SnapshotMetadata metadata = snapshot.Metadata;
        newest = metadata.Index;
        SnapshotFile file = new(metadata.Index, metadata.Term, ToFile(metadata.ConfState), snapshot.Data);
        directory.Save(file);
        wal.AppendMarker(file.ToMarker());
        wal.ReleaseTo(metadata.Index);
        log.SavedReceivedSnapshot(metadata.Index, metadata.Term);
    }

    /// <summary>The members as a snapshot carries them: etcd starts from there, in the form of its retired v2 store.</summary>
    public static byte[] EncodeMembers(ClusterMembers members) => new V2StoreImage
    {
        Members = [.. members.Members.Select(ToImage)],
        RemovedIds = members.Removed,
        ClusterVersion = members.ClusterVersion,
    }.Encode();

    /// <summary>The members that a snapshot carries; null where it has none, which neither raft nor netcd needs.</summary>
    public static ClusterMembers? TryDecodeMembers(ReadOnlyMemory<byte> data)
    {
        try
        {
            V2StoreImage? image = data.IsEmpty ? null : V2StoreImage.Decode(data);
            return image is null || image.Members.Count == 0 ? null : ClusterMembers.Of(image.Members.Select(FromImage), image.RemovedIds);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static Member FromImage(SnapshotMember member) =>
        new(member.Id, member.Name, member.PeerUrls, member.ClientUrls, member.IsLearner);

    private static SnapshotMember ToImage(Member member) =>
        new(member.Id, member.PeerUrls, member.IsLearner, member.Name, member.ClientUrls);

    /// <summary>The configuration of a snapshot file in raft's form.</summary>
    public static Raft.ConfState ToRaft(ConfState confState) => new()
    {
        Voters = confState.Voters,
        Learners = confState.Learners,
        VotersOutgoing = confState.VotersOutgoing,
        LearnersNext = confState.LearnersNext,
        AutoLeave = confState.AutoLeave,
    };

    private static ConfState ToFile(Raft.ConfState confState) => new()
    {
        Voters = confState.Voters,
        Learners = confState.Learners,
        VotersOutgoing = confState.VotersOutgoing,
        LearnersNext = confState.LearnersNext,
        AutoLeave = confState.AutoLeave,
    };
}
