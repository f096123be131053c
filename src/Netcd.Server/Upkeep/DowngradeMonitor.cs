using Microsoft.Extensions.Logging;
using Netcd.Engine.Node;
using Netcd.Engine.Upkeep;
using Netcd.Protocol.Errors;
using Netcd.Protocol.Membershippb;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Peers;

namespace Netcd.Server.Upkeep;

/// <summary>Ends a downgrade when all members run the version that the cluster is taken down to.</summary>
/// <param name="gate">The engine.</param>
/// <param name="programs">Asks the others what they run.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it logs what it does.</param>
internal sealed class DowngradeMonitor(EngineClient gate, MemberPrograms programs, TimeProvider time, ILogger log)
{
    private readonly EtcdNode node = gate.Node;

    /// <summary>Looks each time that the interval has passed, while this member leads, until it is cancelled.</summary>
    public async Task RunAsync(TimeSpan interval, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(interval, time, stop).ConfigureAwait(false);
            if (node.IsLeader && node.Members.DowngradeTarget is { } target)
            {
                await EndIfDoneAsync(target, stop).ConfigureAwait(false);
            }
        }
    }

    private async Task EndIfDoneAsync(string target, CancellationToken stop)
    {
        if (!ClusterVersions.TryParse(target, out Version version))
        {
            return;
        }

        (List<MemberProgram> others, bool isComplete) = await programs.AskAsync(stop).ConfigureAwait(false);
        bool isDone = isComplete && others.Select(static program => program.Version).Append(Version.Parse(ServerIdentity.EtcdVersion))
            .All(running => running.Major == version.Major && running.Minor == version.Minor);
        if (!isDone)
        {
            return;
        }

        log.ClusterDowngraded(target);
        try
        {
            InternalRaftRequest end = new() { DowngradeInfoSet = new DowngradeInfoSetRequest() };
            await gate.ProposeAsync<EmptyResponse>(end, new CallContext(stop)).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            log.FailedToCancelDowngrade(failure.Message);
        }
    }
}
