using System.Net;

namespace Netcd.Engine.Membership;

/// <summary>The members that a new cluster starts with, as <c>--initial-cluster</c> names them.</summary>
public sealed class InitialCluster
{
    private readonly SortedDictionary<string, IReadOnlyList<string>> members = new(StringComparer.Ordinal);

    /// <summary>Reads <c>name=url,name=url,other=url</c>; a member may have several URLs.</summary>
    /// <exception cref="InitialClusterException">A URL is wrong.</exception>
    public InitialCluster(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (string pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string member = equals < 0 ? pair : pair[..equals];
            if (MemberUrl.TryParse(equals < 0 ? "" : pair[(equals + 1)..].Trim(), out MemberUrl url) is { } error)
            {
                throw new InitialClusterException(error);
            }

            List<string> urls = [.. members.GetValueOrDefault(member, []), url.Text];
            urls.Sort(StringComparer.Ordinal);
            members[member] = urls;
        }
    }

    /// <summary>Names and peer URLs.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Members => members;

    /// <summary>Checks that a member without data may start with this cluster.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="advertised">The URLs that it tells others to reach it by, which must be those that stand here; null where it joins a
    /// running cluster, and they need not.</param>
    /// <param name="resolve">Finds the address of a URL whose host is a name; null where names are compared as they are.</param>
    /// <exception cref="InitialClusterException">It may not.</exception>
    public void CheckStart(string name, IReadOnlyList<MemberUrl>? advertised, Func<MemberUrl, string>? resolve = null)
    {
        if (!members.TryGetValue(name, out IReadOnlyList<string>? own))
        {
            throw new InitialClusterException($"couldn't find local name \"{name}\" in the initial cluster configuration");
        }

        if (advertised is not null)
        {
            CheckAdvertised(name, own, [.. advertised.Select(url => url.Text)], resolve ?? (static url => url.Text));
        }

        if (members.Values.SelectMany(urls => urls).GroupBy(url => url, StringComparer.Ordinal).Any(equal => equal.Count() > 1))
        {
            throw new InitialClusterException($"initial cluster {Describe()} has duplicate url");
        }
    }

    /// <summary>This member's URLs there must be those that it advertises.</summary>
    private void CheckAdvertised(string name, IReadOnlyList<string> own, string[] given, Func<MemberUrl, string> resolve)
    {
        if (own.SequenceEqual(given, StringComparer.Ordinal))
        {
            return;
        }

        string reason = own.Count != given.Length ? $"len({Quote(given)}) != len({Quote(own)})" : Mismatch(given, own, resolve);
        if (reason.Length == 0)
        {
            return;
        }

        string[] missing = [.. own.Except(given, StringComparer.Ordinal).Select(url => name + "=" + url)];
        if (missing.Length > 0)
        {
            throw new InitialClusterException(
                $"--initial-cluster has {string.Join(',', missing)} but missing from " +
                $"--initial-advertise-peer-urls={string.Join(',', given)} ({reason})");
        }

        string[] unlisted = [.. given.Except(own, StringComparer.Ordinal)];
        throw new InitialClusterException(
            $"--initial-advertise-peer-urls has {string.Join(',', unlisted)} but missing from --initial-cluster={Describe()}");
    }

    /// <summary>The first pair of URLs that lead to different addresses, or nothing.</summary>
    private static string Mismatch(string[] given, IReadOnlyList<string> own, Func<MemberUrl, string> resolve)
    {
        string[] left = [.. given.Select(url => Resolve(url, resolve)).Order(StringComparer.Ordinal)];
        string[] right = [.. own.Select(url => Resolve(url, resolve)).Order(StringComparer.Ordinal)];
        int first = left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();
        return first == left.Length ? "" : $"resolved urls: \"{left[first]}\" != \"{right[first]}\"";
    }

    private static string Resolve(string text, Func<MemberUrl, string> resolve)
    {
        _ = MemberUrl.TryParse(text, out MemberUrl url);
        return url.IsUnixSocket ? text
            : url.Host.Length == 0 || url.Host == "localhost" || IPAddress.TryParse(url.Host, out _)
                ? text.Replace("//localhost:", "//127.0.0.1:", StringComparison.Ordinal)
                : resolve(url);
    }

    private static string Quote(IEnumerable<string> urls) => "[" + string.Join(' ', urls.Select(url => "\"" + url + "\"")) + "]";

    private string Describe()
    {
        IEnumerable<string> pairs = members.SelectMany(member => member.Value.Select(url => member.Key + "=" + url));
        return string.Join(',', pairs.Order(StringComparer.Ordinal));
    }
}
