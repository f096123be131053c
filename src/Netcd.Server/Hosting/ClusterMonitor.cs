using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Upkeep;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Peers;
using Netcd.Server.Upkeep;

namespace Netcd.Server.Hosting;

/// <summary>
/// What a member of a cluster does besides serving: it speeds the first election up, and as the leader it sees to it that
/// the cluster's version is the lowest of its members', and that what only netcd makes use of is used where all members are netcd.
/// </summary>
/// <param name="gate">The engine.</param>
/// <param name="programs">Asks the other members what they run.</param>
/// <param name="maxVersion">The version beyond which the cluster's is not raised.</param>
/// <param name="advanceFirstElection">Whether the first election comes sooner than the election timeout.</param>
/// <param name="log">Where it logs what it does.</param>
internal sealed class ClusterMonitor(
    EngineClient gate,
    MemberPrograms programs,
    Version maxVersion,
    bool advanceFirstElection,
    ILogger log)
{
    /// <summary>Between two looks at the members' versions.</summary>
    private static readonly TimeSpan VersionInterval = TimeSpan.FromSeconds(4);

    /// <summary>Between two looks whether the leader is new, while there is no cluster version.</summary>
    private static readonly TimeSpan FirstVersionInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the first connections are waited for.</summary>
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ConnectPoll = TimeSpan.FromMilliseconds(20);

    private const string LowestVersion = "3.0.0";

    private readonly EtcdNode node = gate.Node;
    private int undecided;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await AdvanceElectionAsync(stop).ConfigureAwait(false);
            while (true)
            {
                if (node.IsLeader)
                {
                    await DecideVersionAsync(stop).ConfigureAwait(false);
                }

                await Task.Delay(node.Members.ClusterVersion is null ? FirstVersionInterval : VersionInterval, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// Once other members are connected, raft's clock runs ahead to just before the election timeout: a leader that is there
    /// is heard of in the time left, and otherwise the wait is cut short.
    /// </summary>
    private async Task AdvanceElectionAsync(CancellationToken stop)
    {
        if (!advanceFirstElection || node.Members.Members.Count < 2)
        {
            return;
        }

        for (TimeSpan waited = TimeSpan.Zero; waited < ConnectTime; waited += ConnectPoll)
        {
            await Task.Delay(ConnectPoll, stop).ConfigureAwait(false);
            if (node.Position.LeaderId != 0)
            {
                return;
            }

            if (node.Members.Members.Any(member => node.Peers.ConnectedFor(new MemberId(member.Id)) is not null))
            {
                int election = node.Options.ElectionMilliseconds / node.Options.HeartbeatMilliseconds;
                node.Peers.AdvanceTicks(Math.Max(0, election - 2));
                return;
            }
        }
    }

    /// <summary>
    /// Raises the cluster's version to what all members can do, or lowers it for a downgrade. Where one does not answer the cluster begins
    /// with the lowest that there is, as in etcd: members serve no clients before there is one.
    /// </summary>
    private async Task DecideVersionAsync(CancellationToken stop)
    {
        string? current = node.Members.ClusterVersion;
        (List<MemberProgram> others, bool isComplete) = await programs.AskAsync(stop).ConfigureAwait(false);

        // A member of etcd that leads would renew a lease by the time last noted, and never for its whole time again.
        bool areAllNetcd = others.TrueForAll(static program => program.IsNetcd);
        node.Leases.AreCheckpointed = areAllNetcd && (isComplete || node.Leases.AreCheckpointed);
        if (isComplete)
        {
            Version? decided = ClusterVersions.Decide(
                Parse(current),
                others.Select(static program => program.Version).Append(Version.Parse(ServerIdentity.EtcdVersion)),
                maxVersion,
                Parse(node.Members.DowngradeTarget));
            if (decided is not null)
            {
                await ProposeAsync(decided.ToString(3), stop).ConfigureAwait(false);
            }
        }
        else if (current is null && ++undecided > VersionInterval / FirstVersionInterval)
        {
            await ProposeAsync(LowestVersion, stop).ConfigureAwait(false);
        }
    }

    private static Version? Parse(string? text) => text is not null && ClusterVersions.TryParse(text, out Version version) ? version : null;

    private async Task ProposeAsync(string version, CancellationToken stop)
    {
        InternalRaftRequest request = new() { ClusterVersionSet = new Protocol.Membershippb.ClusterVersionSetRequest { Ver = version } };
        try
        {
            await gate.ProposeAsync<EmptyResponse>(request, new CallContext(stop)).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            log.FailedToUpdateClusterVersion(failure.Message);
        }
    }
}
