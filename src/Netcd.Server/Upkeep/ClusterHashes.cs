using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Upkeep;
using Netcd.Protocol.Errors;
using Netcd.Server.EngineAccess;
using Netcd.Server.Peers;
using Netcd.Server.Services;

namespace Netcd.Server.Upkeep;

/// <summary>The sums over the members' histories: this member's, and those that the others tell.</summary>
/// <param name="gate">The engine.</param>
/// <param name="maintenance">Sums this member's history up.</param>
/// <param name="client">Asks the others.</param>
/// <param name="log">Where it logs what does not answer.</param>
internal sealed class ClusterHashes(EngineClient gate, MaintenanceHandlers maintenance, HashClient client, ILogger log)
{
    private readonly EtcdNode node = gate.Node;

    /// <summary>How long a member is waited for.</summary>
    public TimeSpan Patience => TimeSpan.FromMilliseconds(node.Options.RequestTimeoutMilliseconds);

    /// <summary>This member's sum at its present revision.</summary>
    public async Task<MemberHash> OwnAsync(CancellationToken stop)
    {
        PeerHash own = await maintenance.HashForPeerAsync(0, stop).ConfigureAwait(false);
        return new MemberHash(node.MemberId, own.HashRevision, own.CompactRevision, own.Hash);
    }

    /// <summary>The others' sums at a revision, one after the other.</summary>
    public async Task<IReadOnlyList<PeerAnswer>> PeersAsync(long revision, CancellationToken stop)
    {
        List<PeerAnswer> answers = [];
        foreach (Member member in node.Members.Members)
        {
            if (member.Id != node.MemberId && member.PeerUrls.Count > 0)
            {
                answers.Add(await AskAsync(member, revision, stop).ConfigureAwait(false));
            }
        }

        return answers;
    }

    private async Task<PeerAnswer> AskAsync(Member member, long revision, CancellationToken stop)
    {
        EtcdError? refusal = null;
        foreach (string url in member.PeerUrls)
        {
            try
            {
                PeerHash sum = await client.AskAsync(url, node.ClusterId, revision, Patience, stop).ConfigureAwait(false);
                return new PeerAnswer(member, new MemberHash(member.Id, sum.Revision, sum.CompactRevision, sum.Hash), null);
            }
            catch (Exception failure) when (failure is HttpRequestException or EtcdException or UriFormatException)
            {
                refusal = (failure as EtcdException)?.Error;
                log.FailedToAskForHash(new HexId(node.MemberId), revision, url, failure.Message);
            }
        }

        return new PeerAnswer(member, null, refusal);
    }
}

/// <summary>What a member answered when it was asked for its sum.</summary>
/// <param name="Member">The member.</param>
/// <param name="Hash">The sum; null where there is none.</param>
/// <param name="Refusal">Why there is none, where the member said so.</param>
internal sealed record PeerAnswer(Member Member, MemberHash? Hash, EtcdError? Refusal);
