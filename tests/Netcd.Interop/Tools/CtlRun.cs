using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Tools;

/// <summary>Command lines of one tool at one server, and what came of them, without what differs from server to server.</summary>
internal sealed partial class CtlRun(string tool, ServerProcess server) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly List<string> answers = [];
    private string lease = "";

    /// <summary>Exit code, output and errors of each line.</summary>
    public IReadOnlyList<string> Answers => answers;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    public async Task RunAsync(IEnumerable<string> lines)
    {
        MemberListResponse members = await new Protocol.V3.Cluster.ClusterClient(server.Channel).MemberListAsync(new MemberListRequest());
        (ulong cluster, ulong member) = (members.Header.ClusterId, members.Header.MemberId);
        string endpoint = server.Endpoint;
        foreach (string line in lines)
        {
            string[] parts = line.Split(" << ", 2);
            IEnumerable<string> words = Words().Matches(parts[0]).Select(match => match.Value.Trim('\'')
                .Replace("@lease", lease, StringComparison.Ordinal)
                .Replace("@member", member.ToString("x", CultureInfo.InvariantCulture), StringComparison.Ordinal));
            CommandResult result = await Command.RunAsync(
                tool, ["--endpoints", endpoint, .. words], parts.Length > 1 ? parts[1] : "", Deadline);
            if (GrantedLease().Match(result.Output) is { Success: true } granted)
            {
                lease = granted.Groups[1].Value;
            }

            string errors = WithoutLog(result.Errors, isDebugging: line.Contains("--debug", StringComparison.Ordinal));
            StringBuilder text = new(result.Output + "[errors]\n" + errors);
            text.Replace("http://" + endpoint, "ENDPOINT").Replace(endpoint, "ENDPOINT");
            foreach ((ulong id, string name) in (ReadOnlySpan<(ulong, string)>)[(cluster, "CLUSTER"), (member, "MEMBER")])
            {
                text.Replace(id.ToString(CultureInfo.InvariantCulture), name).Replace($"{id:x}", name);
            }

            if (result.Output.StartsWith("NAME:", StringComparison.Ordinal))
            {
                // The help: its flags are those of the tool's version.
                text.Remove(0, result.Output.Length);
            }

            answers.Add($"[exit code {result.ExitCode}]\n{Same(text.ToString(), parts[0])}");
        }
    }

    /// <summary>What differs by chance, by the server's version, or, in tables, by the version of a library.</summary>
    private string Same(string text, string line)
    {
        text = Took().Replace(text, "took TIME");
        text = PeerUrl().Replace(text, "PEER");
        text = Lease().Replace(lease.Length > 0 ? text.Replace(lease, "LEASE", StringComparison.Ordinal) : text, "$1LEASE");
        text = OfNewVersions().Replace(text, "");
        if (line.Contains("protobuf", StringComparison.Ordinal))
        {
            return Convert.ToHexString(Encoding.Latin1.GetBytes(text)).Length > 0 ? "bytes" : "none";
        }

        if (line.Contains("table", StringComparison.Ordinal))
        {
            // The frame's width follows names, and its corners the library's version.
            text = Frame().Replace(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text)), " ");
        }

        return line.StartsWith("endpoint", StringComparison.Ordinal) || line.Contains(" timetolive", StringComparison.Ordinal)
            ? Number().Replace(text, "N")
            : text;
    }

    /// <summary>Without what the libraries of etcdctl log by the way, its word on what another version does, and the hints that it does
    /// not have.</summary>
    private static string WithoutLog(string errors, bool isDebugging) => string.Join(
        '\n', errors.Split('\n').Where(line =>
            !line.StartsWith("{\"level\"", StringComparison.Ordinal)
            && !line.StartsWith("hint: ", StringComparison.Ordinal)
            && (!isDebugging || Setting().IsMatch(line))
            && !line.StartsWith("In etcd v3.6, the operation will be suspended", StringComparison.Ordinal)));

    /// <summary>A line of <c>--debug</c> for a flag that etcdctl 3.5 has too.</summary>
    [GeneratedRegex("^ETCDCTL_(?!AUTH_JWT_TOKEN|MAX_[A-Z]+_BYTES)")]
    private static partial Regex Setting();

    [GeneratedRegex("'[^']*'|\\S+")]
    private static partial Regex Words();

    [GeneratedRegex("lease ([0-9a-f]{16}) granted")]
    private static partial Regex GrantedLease();

    [GeneratedRegex("took = [0-9a-zµ.Â]+|\"[Tt]ook\" ?: ?\"?[0-9a-zµ.Â]+\"?|[0-9.]+(ms|µs|Âµs)")]
    private static partial Regex Took();

    [GeneratedRegex("http://127\\.0\\.0\\.1:[0-9]+")]
    private static partial Regex PeerUrl();

    [GeneratedRegex("(\"ID\" ?: ?|\"id\":|^|(?<=\n))[0-9a-f]{16,19}")]
    private static partial Regex Lease();

    [GeneratedRegex(",\"storageVersion\":\"[^\"]*\"|,\"dbSizeQuota\":[0-9]+|,\"downgradeInfo\":\\{[^}]*\\}|,\"hash_revision\":[0-9]+")]
    private static partial Regex OfNewVersions();

    [GeneratedRegex("[│┌┬┐├┼┤└┴┘─|+\\s-]+")]
    private static partial Regex Frame();

    [GeneratedRegex("[0-9]+(\\.[0-9]+)?")]
    private static partial Regex Number();
}
