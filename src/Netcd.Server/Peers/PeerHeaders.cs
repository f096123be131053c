using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Netcd.Server.Peers;

/// <summary>The headers by which members identify themselves, and the refusals that come of them.</summary>
internal static class PeerHeaders
{
    public const string From = "X-Server-From";
    public const string Version = "X-Server-Version";
    public const string MinClusterVersion = "X-Min-Cluster-Version";
    public const string ClusterId = "X-Etcd-Cluster-ID";

    /// <summary>netcd's own version, by which its members know each other; etcd's leave it aside.</summary>
    public const string NetcdVersion = "X-Netcd-Version";
    public const string To = "X-Raft-To";
    public const string PeerUrls = "X-PeerURLs";

    /// <summary>The refusal of a member whose version does not go with ours.</summary>
    public const string IncompatibleVersion = "incompatible version";

    /// <summary>The refusal of a member of another cluster.</summary>
    public const string ClusterIdMismatch = "cluster ID mismatch";

    /// <summary>An id as members write it: lower-case hexadecimal without leading zeros.</summary>
    public static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Reads an id in hexadecimal.</summary>
    public static bool TryId(string? text, out ulong id) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);

    /// <summary>Puts on a request who sends it.</summary>
    public static void Sign(HttpRequestHeaders headers, ulong memberId, ulong clusterId, IReadOnlyList<string> peerUrls)
    {
        headers.Add(From, Hex(memberId));
        headers.Add(Version, ServerIdentity.EtcdVersion);
        headers.Add(MinClusterVersion, PeerVersion.MinClusterVersion);
        headers.Add(ClusterId, Hex(clusterId));
        if (peerUrls.Count > 0)
        {
            headers.TryAddWithoutValidation(PeerUrls, string.Join(',', peerUrls));
        }
    }

    /// <summary>Why the sender of a request is not to be listened to, or null. It is answered with 412.</summary>
    public static string? Refusal(IHeaderDictionary headers, ulong clusterId)
    {
        if (!PeerVersion.IsCompatible(First(headers[Version]), First(headers[MinClusterVersion])))
        {
            return IncompatibleVersion;
        }

        return First(headers[ClusterId]) == Hex(clusterId) ? null : ClusterIdMismatch;
    }

    /// <summary>The first value of a header, or nothing.</summary>
    public static string First(StringValues values) => values.Count > 0 ? values[0] ?? "" : "";

    /// <summary>The first value of an answer's header, or nothing.</summary>
    public static string First(HttpHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() ?? "" : "";
}
