namespace Netcd.Server.Configuration;

/// <summary>What became of the flags that have no effect, in the words of help, warnings and docs/reference/flags.md.</summary>
internal static class FlagFates
{
    private const string Proxy = "etcd 3.6 has removed the v2 proxy.";
    private const string V2 = "etcd 3.6 has removed the v2 API.";
    private const string Discovery = "It belongs to the discovery by an URL, which etcd 3.7 has removed.";


    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["backend-bbolt-freelist-type"] = "netcd keeps its own list of free pages, and etcd opens the file with either.",
        ["socket-reuse-address"] = "Listeners always have SO_REUSEADDR.",
        ["enable-pprof"] =
            ".NET has no pprof: take profiles with perf, or with dotnet-trace of a server that runs under the .NET runtime.",
        ["discovery"] =
            "It asks etcd's v2 API, which etcd 3.6 has removed, and the flag itself is gone in 3.7: use --discovery-token and "
                + "--discovery-endpoints.",
        ["discovery-fallback"] = "etcd 3.6 has removed the v2 proxy: there is nothing else than to exit.",
        ["discovery-proxy"] = Discovery,
        ["v2-deprecation"] = "There is no v2 store any more, as in etcd 3.6: netcd is at the last stage always.",
        ["enable-v2"] = V2,
        ["experimental-enable-v2v3"] = V2,
        ["proxy"] = Proxy,
        ["proxy-failure-wait"] = Proxy,
        ["proxy-refresh-interval"] = Proxy,
        ["proxy-dial-timeout"] = Proxy,
        ["proxy-write-timeout"] = Proxy,
        ["proxy-read-timeout"] = Proxy,
    };

    /// <summary>What became of those that etcd itself takes and forgets.</summary>
    public const string Forgotten = "etcd itself has ignored it since version 2.";

    /// <summary>What became of a flag; empty where it has an effect.</summary>
    public static string Of(string name) => Known.GetValueOrDefault(name, "");
}
