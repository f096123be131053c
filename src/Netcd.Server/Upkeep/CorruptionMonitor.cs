using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Upkeep;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Upkeep;

/// <summary>
/// The leader's look whether all members hold the same: periodically at the present revision, and after compactions by the sums that all
/// have noted then. A member that differs gets the alarm CORRUPT, on which the cluster refuses writes until it is disarmed.
/// </summary>
internal sealed class CorruptionMonitor(EngineClient gate, ClusterHashes hashes, ILogger log)
{
    private readonly EtcdNode node = gate.Node;

    /// <summary>The newest compaction of which all members have the same sum.</summary>
    private long checkedRevision;

    private HexId Self => new(node.MemberId);

    /// <summary>Compares the members each interval, until it is cancelled.</summary>
    public async Task RunPeriodicAsync(TimeSpan interval, CancellationToken stop)
    {
        log.EnabledCorruptionChecking(Self, interval);
        using PeriodicTimer timer = new(interval);
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
        {
            if (!node.IsLeader)
            {
                continue;
            }

            try
            {
                await CompareAsync(stop).ConfigureAwait(false);
            }
            catch (EtcdException failure) when (!stop.IsCancellationRequested)
            {
                log.FailedToCheckHashes(failure.Message);
            }
        }
    }

    /// <summary>Compares the sums of compactions each interval, until it is cancelled.</summary>
    public async Task RunAfterCompactionsAsync(TimeSpan interval, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(interval, stop).ConfigureAwait(false);
            if (node.IsLeader)
            {
                await CompareCompactionsAsync(stop).ConfigureAwait(false);
            }
        }
    }

    private async Task CompareAsync(CancellationToken stop)
    {
        MemberHash before = await hashes.OwnAsync(stop).ConfigureAwait(false);
        IReadOnlyList<PeerAnswer> answers = await hashes.PeersAsync(before.StoreRevision, stop).ConfigureAwait(false);

        // After it nobody may have been ahead of what this member has applied.
        await gate.ConfirmReadAsync(new CallContext(stop)).ConfigureAwait(false);
        MemberHash after = await hashes.OwnAsync(stop).ConfigureAwait(false);
        MemberHash[] peers = [.. answers.Where(static answer => answer.Hash is not null).Select(static answer => answer.Hash!)];
        IReadOnlyList<(HashFault Fault, MemberHash Member)> found = PeriodicComparison.Compare(before, after, peers);
        foreach ((HashFault fault, MemberHash member) in found)
        {
            Log(fault, before, after, member);
        }

        if (found.Count > 0)
        {
            await RaiseAsync(found[0].Member.MemberId, stop).ConfigureAwait(false);
        }

        log.FinishedCorruptionCheck(peers.Length);
    }

    private void Log(HashFault fault, MemberHash before, MemberHash after, MemberHash member)
    {
        HexId id = new(member.MemberId);
        switch (fault)
        {
            case HashFault.Changed:
                log.FoundHashMismatch(new ChangedHash(before, after));
                break;
            case HashFault.RevisionAhead:
                log.FollowerRevisionIsAhead(after.StoreRevision, member.StoreRevision, id);
                break;
            case HashFault.CompactRevisionAhead:
                log.FollowerCompactRevisionIsAhead(after.CompactRevision, member.CompactRevision, id);
                break;
            default:
                log.FollowerHashDiffers(after.CompactRevision, before.Hash, member.CompactRevision, member.Hash, id);
                break;
        }
    }

    private async Task CompareCompactionsAsync(CancellationToken stop)
    {
        log.StartingCompactHashCheck(Self, hashes.Patience);
        int looks = 0;
        foreach (RecordedHash sum in node.Reads.CompactionSums.TakeWhile(sum => sum.Revision > checkedRevision))
        {
            looks++;
            IReadOnlyList<PeerAnswer> answers = await hashes.PeersAsync(sum.Revision, stop).ConfigureAwait(false);
            if (answers.Count > 0 && await DecideAsync(sum, answers, stop).ConfigureAwait(false))
            {
                break;
            }
        }

        log.FinishedCompactHashCheck(looks);
    }

    /// <summary>Judges one compaction.</summary>
    /// <returns>False where nothing was found and members are missing: an older compaction may tell more.</returns>
    private async Task<bool> DecideAsync(RecordedHash sum, IReadOnlyList<PeerAnswer> answers, CancellationToken stop)
    {
        MemberHash leader = new(node.MemberId, sum.Revision, sum.Previous, sum.Hash);
        List<MemberHash> peers = [];
        foreach (PeerAnswer answer in answers)
        {
            if (answer.Hash is { } peer && peer.CompactRevision == sum.Previous)
            {
                peers.Add(peer);
            }
            else
            {
                log.SkippedPeerHash(answers.Count, Self, new HexId(answer.Member.Id), answer.Hash is { } other
                    ? $"the peer's CompactRevision {other.CompactRevision} doesn't match leader's CompactRevision {sum.Previous}"
                    : "no response");
            }
        }

        CompactionComparison comparison = CompactionComparison.Of(leader, peers, answers.Count + 1);
        if (!comparison.IsConsistent)
        {
            await ReportAsync(sum, comparison, stop).ConfigureAwait(false);
            return true;
        }

        if (peers.Count < answers.Count)
        {
            log.SkippedCompaction(peers.Count, answers.Count, new CheckedCompaction(sum.Revision, sum.Previous));
            return false;
        }

        log.CheckedWholeCluster(peers.Count, new CheckedCompaction(sum.Revision, sum.Previous));
        checkedRevision = sum.Revision;
        return true;
    }

    private async Task ReportAsync(RecordedHash sum, CompactionComparison comparison, CancellationToken stop)
    {
        if (!comparison.IsQuorum)
        {
            log.CannotTellWhoIsCorrupt(Self, sum.Revision, sum.Previous, sum.Hash);
        }

        foreach ((uint hash, IReadOnlyList<ulong> members) in comparison.Deviating)
        {
            log.CompactionHashesDiffer(
                Self,
                sum.Revision,
                sum.Previous,
                sum.Hash,
                hash,
                string.Join(',', members.Select(static id => new HexId(id))),
                comparison.IsQuorum);
        }

        foreach (ulong id in comparison.Corrupt)
        {
            await RaiseAsync(id, stop).ConfigureAwait(false);
        }
    }

    private async Task RaiseAsync(ulong memberId, CancellationToken stop)
    {
        if (node.Alarms.Alarms.Any(alarm => alarm.Alarm == AlarmType.Corrupt && alarm.MemberID == memberId))
        {
            return;
        }

        AlarmRequest request = new()
        {
            MemberID = memberId,
            Action = AlarmRequest.Types.AlarmAction.Activate,
            Alarm = AlarmType.Corrupt,
        };
        try
        {
            await gate.ProposeAsync<AlarmResponse>(new InternalRaftRequest { Alarm = request }, new CallContext(stop))
                .ConfigureAwait(false);
        }
        catch (EtcdException failure) when (!stop.IsCancellationRequested)
        {
            log.FailedToRaiseCorrupt(new HexId(memberId), failure.Message);
        }
    }
}
