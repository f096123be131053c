using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.State;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Storage.Wal;
using ConfState = Netcd.Raft.ConfState;

namespace Netcd.Engine.Starting;

/// <summary>
/// The way out when the quorum is lost for good (etcd's <c>--force-new-cluster</c>): the log is cut off behind what was
/// committed, and goes on with changes that remove all members but this one, as if they had been agreed on.
/// </summary>
internal static class ForceNewCluster
{
    /// <summary>Writes these entries into the log, durably, and returns what the log holds then.</summary>
    public static WalContent Begin(
        WriteAheadLog wal, WalContent content, ReplicatedState state, ulong memberId, ulong consistentIndex, int maxLearners, ILogger log)
    {
        ulong commit = Math.Max(content.HardState.Commit, consistentIndex);
        List<WalEntry> entries = [.. content.Entries.Where(entry => entry.Index <= commit)];
        int discarded = content.Entries.Count - entries.Count;
        ClusterConfiguration configuration = LoggedConfiguration.Advance(
            new ClusterConfiguration(state.ConfState, state.Members),
            entries.Where(entry => entry.Index > consistentIndex),
            _ => maxLearners);
        ulong term = Math.Max(content.HardState.Term, 1);
        ulong index = commit;
        foreach (ConfChange change in Changes(configuration, memberId))
        {
            byte[] data = RaftWire.Encode(change);
            wal.AppendEntry((int)EntryType.ConfChange, term, ++index, data);
            entries.Add(new WalEntry((int)EntryType.ConfChange, term, index, data));
        }

        WalHardState hardState = new(term, content.HardState.Vote, index);
        wal.AppendHardState(hardState);
        wal.Flush();
        log.ForcingNewCluster(new HexId(memberId), commit, discarded);
        return new WalContent
        {
            Metadata = content.Metadata,
            HardState = hardState,
            Entries = entries,
            Markers = content.Markers,
            Repair = content.Repair,
        };
    }

    /// <summary>This member first: a configuration without voters is not valid.</summary>
    private static IEnumerable<ConfChange> Changes(ClusterConfiguration configuration, ulong memberId)
    {
        (ConfState confState, ClusterMembers members) = configuration;
        if (!confState.Voters.Contains(memberId))
        {
            Member self = members.Find(memberId) ?? new Member(memberId, "", ["http://localhost:2380"], [], IsLearner: false);
            MemberChange carried = new(self with { IsLearner = false }, IsPromotion: members.Find(memberId) is not null);
            yield return new ConfChange { Type = ConfChangeType.AddNode, NodeId = memberId, Context = carried.ToJson() };
        }

        foreach (ulong id in confState.Voters.Concat(confState.Learners).Where(id => id != memberId))
        {
            yield return new ConfChange { Type = ConfChangeType.RemoveNode, NodeId = id };
        }
    }
}
