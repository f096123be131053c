using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Starting;
using Netcd.Engine.Upkeep;
using Netcd.Protocol.Errors;

namespace Netcd.Server.Upkeep;

/// <summary>
/// The check of a member that starts again (<c>InitialCorruptCheck</c>): before it takes part in anything it compares what its file holds
/// with what the others hold at that revision. Those that do not answer, or have compacted otherwise, say nothing.
/// </summary>
internal sealed class InitialCheck(ClusterHashes hashes, MemberId memberId, ILogger log)
{
    /// <summary>Compares.</summary>
    /// <exception cref="NodeStartException">This member holds something else than another one.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        HexId self = new(memberId);
        log.StartingInitialCorruptionCheck(self, hashes.Patience);
        MemberHash own = await hashes.OwnAsync(stop).ConfigureAwait(false);
        int mismatches = 0;
        foreach (PeerAnswer answer in await hashes.PeersAsync(own.StoreRevision, stop).ConfigureAwait(false))
        {
            if (answer.Hash is not { } peer)
            {
                LogRefusal(own, answer);
            }
            else if (peer.Hash != own.Hash)
            {
                bool isMismatch = peer.CompactRevision == own.CompactRevision;
                mismatches += isMismatch ? 1 : 0;
                LogDifference(isMismatch, own, peer, answer.Member.PeerUrls);
            }
        }

        if (mismatches > 0)
        {
            NodeStartException failure = new($"{self} found data inconsistency with peers");
            log.InitialCorruptionCheckFailed(failure.Message);
            throw failure;
        }

        log.InitialCorruptionCheckPassed(self);
    }

    private void LogDifference(bool isMismatch, MemberHash own, MemberHash peer, IReadOnlyList<string> urls)
    {
        if (isMismatch)
        {
            log.FoundDifferentHash(
                new HexId(own.MemberId), own.StoreRevision, own.CompactRevision, own.Hash,
                new HexId(peer.MemberId), urls, peer.StoreRevision, peer.CompactRevision, peer.Hash);
        }
        else
        {
            log.FoundDifferentCompactRevision(
                new HexId(own.MemberId), own.StoreRevision, own.CompactRevision, own.Hash,
                new HexId(peer.MemberId), urls, peer.StoreRevision, peer.CompactRevision, peer.Hash);
        }
    }

    private void LogRefusal(MemberHash own, PeerAnswer answer)
    {
        HexId self = new(own.MemberId);
        HexId peer = new(answer.Member.Id);
        IReadOnlyList<string> urls = answer.Member.PeerUrls;
        if (answer.Refusal == EtcdErrors.FutureRevision)
        {
            log.PeerIsSlow(self, own.StoreRevision, own.CompactRevision, own.Hash, peer, urls, answer.Refusal.Message);
        }
        else if (answer.Refusal == EtcdErrors.Compacted)
        {
            log.LocalMemberIsBehind(self, own.StoreRevision, own.CompactRevision, own.Hash, peer, urls, answer.Refusal.Message);
        }
        else if (answer.Refusal == EtcdErrors.ClusterIdMismatch)
        {
            log.PeerIsOfAnotherCluster(self, own.StoreRevision, own.CompactRevision, own.Hash, peer, urls, answer.Refusal.Message);
        }
    }
}
