using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Node;

/// <summary>A raft snapshot: where it stands, and the membership at that place. The data itself is the backend's file.</summary>
internal sealed record RaftSnapshot(ulong Index, ulong Term, Raft.ConfState ConfState, ClusterMembers Members);

/// <summary>Writes raft snapshots and lets go of the log behind them.</summary>
internal sealed class SnapshotKeeper(SnapshotDirectory directory, int maxSnapshots, int maxSegments, ILogger log)
{
    /// <summary>Writes the snapshot, marks it in the log, and releases and purges what is older.</summary>
    public void Save(WriteAheadLog wal, RaftSnapshot snapshot)
    {
        // etcd 3.5 starts from the membership in the snapshot, in the form of its retired v2 store.
        V2StoreImage membership = new()
        {
            Members = [.. snapshot.Members.Members.Select(ToImage)],
            RemovedIds = snapshot.Members.Removed,
            ClusterVersion = snapshot.Members.ClusterVersion,
        };
        SnapshotFile file = new(snapshot.Index, snapshot.Term, ToFile(snapshot.ConfState), membership.Encode());
        directory.Save(file);
        wal.AppendMarker(file.ToMarker());
        wal.Flush();
        wal.ReleaseTo(snapshot.Index);
        int segments = wal.Purge(maxSegments);
        int files = directory.Purge(maxSnapshots);
        if (segments + files > 0)
        {
            log.LogInformation("purged {Segments} log segments and {Files} snapshots", segments, files);
        }
    }

    private static SnapshotMember ToImage(Member member) =>
        new(member.Id, member.PeerUrls, member.IsLearner, member.Name, member.ClientUrls);

    private static ConfState ToFile(Raft.ConfState confState) => new()
    {
        Voters = confState.Voters,
        Learners = confState.Learners,
        VotersOutgoing = confState.VotersOutgoing,
        LearnersNext = confState.LearnersNext,
        AutoLeave = confState.AutoLeave,
    };
}
