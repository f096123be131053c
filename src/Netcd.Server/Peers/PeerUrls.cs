using System.Diagnostics.CodeAnalysis;

namespace Netcd.Server.Peers;

/// <summary>
/// A peer's URLs, of which one is used until it fails and then the next. <see cref="Failed"/> names the one that failed, so that
/// several users that see the same failure turn it once.
/// </summary>
internal sealed class PeerUrls(IReadOnlyList<Uri> urls)
{
    private readonly Lock gate = new();
    private IReadOnlyList<Uri> urls = urls;
    private int picked;

    /// <summary>The URL to use now.</summary>
    public Uri Current
    {
        get
        {
            lock (gate)
            {
                return urls[picked];
            }
        }
    }

    /// <summary>
    /// Reads peer URLs: <c>http</c>, <c>https</c>, <c>unix</c> or <c>unixs</c>, a host and a port, no path; in the order of their text.
    /// </summary>
    public static bool TryParse(IReadOnlyList<string> texts, [NotNullWhen(true)] out IReadOnlyList<Uri>? urls)
    {
        List<Uri> found = [];
        foreach (string text in texts.Select(text => text.Trim()).Order(StringComparer.Ordinal))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
                && url is { Scheme: "http" or "https" } or { Scheme: "unix" or "unixs", Port: >= 0 }
                && url is { Host.Length: > 0, PathAndQuery: "/", Fragment: "", UserInfo: "" })
            {
                found.Add(url);
            }
            else
            {
                urls = null;
                return false;
            }
        }

        urls = found;
        return found.Count > 0;
    }

    /// <summary>Takes over new URLs, from the first on.</summary>
    public void Update(IReadOnlyList<Uri> changed)
    {
        lock (gate)
        {
            if (!changed.SequenceEqual(urls))
            {
                (urls, picked) = (changed, 0);
            }
        }
    }

    /// <summary>Goes on to the next URL if this is still the one in use.</summary>
    public void Failed(Uri url)
    {
        lock (gate)
        {
            if (urls[picked] == url)
            {
                picked = (picked + 1) % urls.Count;
            }
        }
    }
}
