using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;

namespace Netcd.Server.Discovery;

/// <summary>What a member of a new cluster is opened with, once another cluster knows all of its members.</summary>
internal static class DiscoveredCluster
{
    /// <summary>Registers the member, waits for the others, and names them.</summary>
    /// <param name="options">How the other cluster is asked.</param>
    /// <param name="node">The member, as it would be alone.</param>
    /// <param name="log">Where it is logged.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="NodeStartException">There is no place for it, or the members do not fit together.</exception>
    public static async Task<NodeOptions> FindAsync(
        DiscoveryOptions options, NodeOptions node, ILogger log, CancellationToken cancellation)
    {
        log.BootstrappingByDiscovery(options.Token, options.Endpoints);
        string[] urls = [.. node.InitialCluster[node.Name].Order(StringComparer.Ordinal)];
        string self = string.Join(',', urls.Select(url => node.Name + "=" + url));
        string cluster;
        using RegistryClient registry = new(options, log);
        try
        {
            ClusterDiscovery discovery = new(registry, options.Token, TimeProvider.System, log);
            ulong id = Member.IdOf(urls, node.InitialClusterToken);
            cluster = await discovery.JoinAsync(id, self, cancellation).ConfigureAwait(false);
        }
        catch (RegistryException failure)
        {
            log.FailedToJoinCluster(options.Token, failure.Message);
            log.WarnOfReusedToken();
            throw new NodeStartException($"failed to join discovery cluster ({failure.Message})", failure);
        }

        NodeOptions found = node with { InitialCluster = Read(cluster, node.Name, urls) };
        log.JoinedCluster(options.Token, cluster);
        return found;
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(string cluster, string name, string[] own)
    {
        IReadOnlyDictionary<string, IReadOnlyList<string>> members;
        try
        {
            members = new InitialCluster(cluster).Members;
        }
        catch (InitialClusterException failure)
        {
            throw new NodeStartException("failed to join discovery cluster (discovery: invalid peer URL)", failure);
        }

        string[] urls = [.. members.Values.SelectMany(static member => member)];
        if (urls.Distinct(StringComparer.Ordinal).Count() < urls.Length)
        {
            throw new NodeStartException($"discovery cluster {cluster} has duplicate url");
        }

        // Who has the name of another one would be taken for the same member.
        return members[name].SequenceEqual(own, StringComparer.Ordinal)
            ? members
            : throw new NodeStartException($"discovery cluster {cluster} has several members of the name \"{name}\"");
    }
}
