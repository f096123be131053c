using System.Globalization;

namespace Netcd.Server.Peers;

/// <summary>Major and minor of a member's version: all that compatibility looks at.</summary>
internal readonly record struct PeerVersion(int Major, int Minor) : IComparable<PeerVersion>
{
    /// <summary>The lowest cluster version that a member of 3.x works with.</summary>
    public const string MinClusterVersion = "3.0.0";

    // What a member sends that names no version: etcd 2.0 named none.
    private const string Untold = "2.0.0";

    /// <summary>The first version with the streams that are spoken here.</summary>
    public static PeerVersion FirstWithStreams { get; } = new(2, 1);

    private static PeerVersion Local { get; } = Known(ServerIdentity.EtcdVersion);

    private static PeerVersion LocalMinCluster { get; } = Known(MinClusterVersion);

    public static bool operator <(PeerVersion left, PeerVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(PeerVersion left, PeerVersion right) => left.CompareTo(right) > 0;

    /// <summary>Reads <c>x.y.z</c> with or without a pre-release or build part; nothing is read as etcd 2.0.</summary>
    public static bool TryParse(string? text, out PeerVersion version)
    {
        version = default;
        ReadOnlySpan<char> rest = string.IsNullOrEmpty(text) ? Untold : text;
        int end = rest.IndexOfAny('-', '+');
        rest = end < 0 ? rest : rest[..end];
        Span<Range> parts = stackalloc Range[4];
        if (rest.Split(parts, '.') != 3
            || !TryNumber(rest[parts[0]], out int major)
            || !TryNumber(rest[parts[1]], out int minor)
            || !TryNumber(rest[parts[2]], out _))
        {
            return false;
        }

        version = new PeerVersion(major, minor);
        return true;
    }

    /// <summary>Whether a member of this version and with this lowest cluster version can be in a cluster with us.</summary>
    public static bool IsCompatible(string? server, string? minCluster) =>
        TryParse(server, out PeerVersion theirs)
        && TryParse(minCluster, out PeerVersion theirMin)
        && !(theirs < LocalMinCluster)
        && !(theirMin > Local);

    public int CompareTo(PeerVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static PeerVersion Known(string text) =>
        TryParse(text, out PeerVersion version) ? version : throw new FormatException($"not a version: {text}");
}
