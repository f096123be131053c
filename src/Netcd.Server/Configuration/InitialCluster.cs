using System.Net;
using System.Net.Sockets;

namespace Netcd.Server.Configuration;

/// <summary>The members that a new cluster starts with, as <c>--initial-cluster</c> names them.</summary>
internal sealed class InitialCluster
{
    private readonly string name;
    private readonly IReadOnlyList<MemberUrl> advertised;
    private readonly SortedDictionary<string, IReadOnlyList<string>> members = new(StringComparer.Ordinal);

    /// <summary>Reads <c>name=url,name=url,other=url</c>; a member may have several URLs.</summary>
    /// <exception cref="ConfigurationException">A URL is wrong.</exception>
    public InitialCluster(string name, string text, IReadOnlyList<MemberUrl> advertised)
    {
        this.name = name;
        this.advertised = advertised;
        foreach (string pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string member = equals < 0 ? pair : pair[..equals];
            if (MemberUrl.TryParse(equals < 0 ? "" : pair[(equals + 1)..].Trim(), out MemberUrl url) is { } error)
            {
                throw new ConfigurationException("error setting up initial cluster: " + error);
            }

            List<string> urls = [.. members.GetValueOrDefault(member, []), url.Text];
            urls.Sort(StringComparer.Ordinal);
            members[member] = urls;
        }
    }

    /// <summary>Names and peer URLs.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Members => members;

    /// <summary>Whether a member has run before: then its data names the cluster, and the flags are not looked at.</summary>
    public static bool HasLog(string walDirectory) =>
        Directory.Exists(walDirectory) && Directory.EnumerateFiles(walDirectory, "*.wal").Any();

    /// <summary>Checks that a member without data may start with this cluster.</summary>
    /// <exception cref="ConfigurationException">It may not.</exception>
    public void CheckStart(bool isNew)
    {
        if (!members.TryGetValue(name, out IReadOnlyList<string>? own))
        {
            throw new ConfigurationException($"couldn't find local name \"{name}\" in the initial cluster configuration");
        }

        if (isNew)
        {
            CheckAdvertised(own);
        }

        if (members.Values.SelectMany(urls => urls).GroupBy(url => url, StringComparer.Ordinal).Any(equal => equal.Count() > 1))
        {
            throw new ConfigurationException($"initial cluster {Describe()} has duplicate url");
        }
    }

    /// <summary>This member's URLs there must be those that it advertises.</summary>
    private void CheckAdvertised(IReadOnlyList<string> own)
    {
        string[] given = [.. advertised.Select(url => url.Text)];
        if (own.SequenceEqual(given, StringComparer.Ordinal))
        {
            return;
        }

        string reason = own.Count != given.Length ? $"len({Quote(given)}) != len({Quote(own)})" : Mismatch(given, own);
        if (reason.Length == 0)
        {
            return;
        }

        string[] missing = [.. own.Except(given, StringComparer.Ordinal).Select(url => name + "=" + url)];
        if (missing.Length > 0)
        {
            throw new ConfigurationException(
                $"--initial-cluster has {string.Join(',', missing)} but missing from " +
                $"--initial-advertise-peer-urls={string.Join(',', given)} ({reason})");
        }

        string[] unlisted = [.. given.Except(own, StringComparer.Ordinal)];
        throw new ConfigurationException(
            $"--initial-advertise-peer-urls has {string.Join(',', unlisted)} but missing from --initial-cluster={Describe()}");
    }

    /// <summary>The first pair of URLs that lead to different addresses, or nothing.</summary>
    private static string Mismatch(IReadOnlyList<string> given, IReadOnlyList<string> own)
    {
        string[] left = [.. given.Select(Resolve).Order(StringComparer.Ordinal)];
        string[] right = [.. own.Select(Resolve).Order(StringComparer.Ordinal)];
        int first = left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();
        return first == left.Length ? "" : $"resolved urls: \"{left[first]}\" != \"{right[first]}\"";
    }

    private static string Resolve(string text)
    {
        _ = MemberUrl.TryParse(text, out MemberUrl url);
        if (url.IsUnixSocket)
        {
            return text;
        }

        if (url.Host.Length == 0 || url.Host == "localhost" || IPAddress.TryParse(url.Host, out _))
        {
            return text.Replace("//localhost:", "//127.0.0.1:", StringComparison.Ordinal);
        }

        try
        {
            IPAddress? found = Dns.GetHostAddresses(url.Host).OrderBy(address => address.AddressFamily).FirstOrDefault();
            return found is null ? text : $"{url.Scheme}://{new IPEndPoint(found, ushort.TryParse(url.Port, out ushort port) ? port : 0)}";
        }
        catch (SocketException)
        {
            return text;
        }
    }

    private static string Quote(IEnumerable<string> urls) => "[" + string.Join(' ', urls.Select(url => "\"" + url + "\"")) + "]";

    private string Describe()
    {
        IEnumerable<string> pairs = members.SelectMany(member => member.Value.Select(url => member.Key + "=" + url));
        return string.Join(',', pairs.Order(StringComparer.Ordinal));
    }
}
