using Netcd.Client;
using Netcd.Client.Cluster;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>Which members a command is for.</summary>
internal static class MeantEndpoints
{
    /// <summary>The endpoints that are meant: those of the flag, or those of all members.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(CtlContext context, EtcdClient client, bool isCluster)
    {
        if (!isCluster)
        {
            return context.Flags.Endpoints.Values;
        }

        try
        {
            MemberList members = await client.Cluster.MembersAsync().ConfigureAwait(false);
            return [.. members.Members.SelectMany(static member => member.ClientUrls)];
        }
        catch (EtcdException failure)
        {
            throw new CommandFailure(
                ExitCodes.Failure, "failed to fetch endpoints from etcd cluster member list: " + CtlContext.TextOf(failure));
        }
    }
}
