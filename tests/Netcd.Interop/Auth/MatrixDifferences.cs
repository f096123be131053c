using System.Text.RegularExpressions;

namespace Netcd.Interop.Auth;

/// <summary>A way in which netcd answers differently.</summary>
/// <param name="Reason">Why it does.</param>
/// <param name="Paths">How the paths begin for which it holds.</param>
/// <param name="Covers">Whether etcd's answer and netcd's are such.</param>
internal sealed record KnownDifference(string Reason, string[] Paths, Func<string, string, bool> Covers);

/// <summary>Where cells of the matrix may differ: everything else has to be equal.</summary>
internal static partial class MatrixDifferences
{
    private static readonly KnownDifference[] Known =
    [
        new(
            "etcd does not translate what its auth store says in some calls of the Maintenance service",
            [
                "/etcdserverpb.Maintenance/Hash", "/etcdserverpb.Maintenance/Snapshot", "/etcdserverpb.Maintenance/Defragment",
                "maintenance/hash", "maintenance/snapshot", "maintenance/defragment",
            ],
            static (etcd, netcd) => Code(etcd) == "Unknown" && Code(netcd) != "Unknown" && Translated(Text(etcd)) == Text(netcd)),
        new(
            "etcd's Lock and Election services are clients of their own server, and lose the code of what it says",
            ["/v3lockpb.Lock/", "/v3electionpb.Election/", "lock/", "election/"],
            static (etcd, netcd) => Code(etcd) == "Unknown" && Code(netcd) != "Unknown" && Text(etcd) == Text(netcd)),
        new(
            "etcd ends the stream of an observer that may not read without saying why",
            ["/v3electionpb.Election/Observe", "election/observe"],
            static (etcd, netcd) =>
                etcd is "OK: the stream ended without an answer" or "200 ''" && netcd.Contains("etcdserver: ", StringComparison.Ordinal)),
        new(
            "etcd 3.5 lets any user downgrade; 3.6 asks for root",
            ["/etcdserverpb.Maintenance/Downgrade", "maintenance/downgrade"],
            static (etcd, netcd) => etcd.Contains("no inflight downgrade job", StringComparison.Ordinal)
                && netcd.Contains("etcdserver: permission denied", StringComparison.Ordinal)),
        new(
            "GHSA-xg4h-6gfc-h4m8, which etcd 3.5.30 has: the right to one key gives a watch of all keys from it on",
            ["/etcdserverpb.Watch/Watch", "watch"],
            static (etcd, netcd) =>
                !etcd.Contains("canceled", StringComparison.Ordinal) && netcd.Contains("permission denied", StringComparison.Ordinal)),
    ];

    private static readonly Dictionary<string, string> CodesOfGateway = new() { ["2"] = "Unknown" };

    public static bool IsKnown(string path, string etcd, string netcd) => Known.Any(known =>
        known.Paths.Any(start => path.StartsWith(start, StringComparison.Ordinal)) && known.Covers(etcd, netcd));

    private static string Translated(string text) => text == "auth: user not found"
        ? "etcdserver: user name not found"
        : text.Replace("auth: ", "etcdserver: ", StringComparison.Ordinal);

    private static string Code(string answer) => GatewayCode().Match(answer) is { Success: true } found
        ? CodesOfGateway.GetValueOrDefault(found.Groups[1].Value, found.Groups[1].Value)
        : answer.Split(':')[0];

    private static string Text(string answer) => GatewayText().Match(answer) is { Success: true } found
        ? found.Groups[1].Value
        : answer[(answer.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    [GeneratedRegex("""(?:"code"|"grpc_code"):(\d+)""")]
    private static partial Regex GatewayCode();

    [GeneratedRegex("\"message\":\"([^\"]*)\"")]
    private static partial Regex GatewayText();
}
