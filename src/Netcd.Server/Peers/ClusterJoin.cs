using System.Globalization;
using Netcd.Engine.Membership;
using Netcd.Engine.Starting;

namespace Netcd.Server.Peers;

/// <summary>The checks of a member that joins: the cluster that it was given must be the one that is running.</summary>
internal static class ClusterJoin
{
    /// <summary>Where the running cluster is asked: the peer URLs of the members other than this one.</summary>
    public static IReadOnlyList<string> UrlsToAsk(NodeOptions options) =>
    [
        .. options.InitialCluster.Where(member => member.Key != options.Name)
            .SelectMany(member => member.Value).Order(StringComparer.Ordinal),
    ];

    /// <summary>Finds this member among those of the running cluster, by its peer URLs.</summary>
    /// <param name="name">This member's name.</param>
    /// <param name="initial">Names and peer URLs, as the operator gave them.</param>
    /// <param name="clusterId">The running cluster.</param>
    /// <param name="running">Its members.</param>
    /// <exception cref="NodeStartException">The two are not the same cluster.</exception>
    public static RunningCluster Match(
        string name, IReadOnlyDictionary<string, IReadOnlyList<string>> initial, ulong clusterId, IReadOnlyList<Member> running)
    {
        string described = string.Join(
            ',', initial.SelectMany(member => member.Value.Select(url => member.Key + "=" + url)).Order(StringComparer.Ordinal));
        if (running.Count != initial.Count)
        {
            throw Mismatch(described, "member count is unequal");
        }

        ulong self = 0;
        foreach (Member member in running)
        {
            string? matching = initial.Where(pair => IsSame(pair.Value, member.PeerUrls)).Select(pair => pair.Key).FirstOrDefault()
                ?? throw Mismatch(described, string.Create(
                    CultureInfo.InvariantCulture,
                    $"unmatched member while checking PeerURLs: no match found for existing member ({member.Id:x}, "
                        + $"[{string.Join(' ', member.PeerUrls)}])"));
            self = matching == name ? member.Id : self;
        }

        return new RunningCluster(clusterId, self, running);
    }

    private static NodeStartException Mismatch(string cluster, string reason) => new($"error validating peerURLs {cluster}: {reason}");

    private static bool IsSame(IReadOnlyList<string> left, IReadOnlyList<string> right) =>
        left.Select(PeerAddressText.Resolve).Order(StringComparer.Ordinal)
            .SequenceEqual(right.Select(PeerAddressText.Resolve).Order(StringComparer.Ordinal), StringComparer.Ordinal);
}
