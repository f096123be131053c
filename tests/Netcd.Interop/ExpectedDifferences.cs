using System.Text.RegularExpressions;
using Grpc.Core;

namespace Netcd.Interop;

/// <summary>
/// The one list of where netcd is allowed to answer otherwise than the real etcd 3.5 beside it. Everything that is not here has to be
/// equal.
/// </summary>
internal static partial class ExpectedDifferences
{
    /// <summary>Errors of calls: those of etcd, and what netcd says in their place.</summary>
    public static IReadOnlyList<ExpectedError> Errors { get; } =
    [
        // etcd means this code, and sends Unknown because the error of its client library carries no status.
        new(StatusCode.Unknown, "etcdserver: too many requests", StatusCode.ResourceExhausted, "etcdserver: too many requests"),
    ];

    /// <summary>Parts of what etcdctl prints that say which member, which version or how long, and hold no behaviour.</summary>
    public static string WithoutIdentity(string text, string endpoint, string folder)
    {
        text = text.Replace(endpoint, "ENDPOINT", StringComparison.Ordinal).Replace(folder, "FOLDER", StringComparison.Ordinal);

        // etcdctl logs each retry as a JSON line with its time and addresses: the error in it is what the server said.
        text = LogLine().Replace(text, "LOG ${level} ${msg} ${error}");
        text = Took().Replace(text, "took TIME");

        // Two servers are asked one after the other, and seconds may pass between.
        text = Remaining().Replace(text, "remaining(TIME)");

        // The bytes and log entries that a history takes are each implementation's own (netcd raises the storage version with an entry).
        text = OwnNumbers().Replace(text, "${name}N");
        text = ServerVersion().Replace(text, "${name}VERSION");
        return text;
    }

    [GeneratedRegex("""\{"level":"(?<level>\w+)".*?"msg":"(?<msg>[^"]*)".*?"error":"(?<error>(?:[^"\\]|\\.)*)".*?\}""")]
    private static partial Regex LogLine();

    [GeneratedRegex(@"took""?:? ?=? ?""?[0-9.]+(µs|Âµs|ms|s)")]
    private static partial Regex Took();

    [GeneratedRegex(@"remaining\(\d+s\)")]
    private static partial Regex Remaining();

    [GeneratedRegex(
        """(?<name>("raftIndex"|"raftAppliedIndex"|"dbSize"|"dbSizeInUse"|"RaftIndex"|"RaftAppliedIndex"|"DBSize"|"DBSizeInUse")\s*:\s*)\d+""")]
    private static partial Regex OwnNumbers();

    [GeneratedRegex("""(?<name>("version"|"Version")\s*:\s*)"3\.[0-9.]+"|(?<name>Server version )3\.[0-9.]+""")]
    private static partial Regex ServerVersion();
}

/// <summary>An error of etcd and the one that netcd answers with instead.</summary>
internal sealed record ExpectedError(StatusCode EtcdCode, string EtcdText, StatusCode NetcdCode, string NetcdText)
{
    public bool Covers(Status etcd, Status netcd) =>
        etcd.StatusCode == EtcdCode && netcd.StatusCode == NetcdCode
        && etcd.Detail.StartsWith(EtcdText, StringComparison.Ordinal) && netcd.Detail.StartsWith(NetcdText, StringComparison.Ordinal);
}
