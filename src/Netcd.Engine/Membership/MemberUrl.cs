using System.Globalization;

namespace Netcd.Engine.Membership;

/// <summary>A URL of a member, as flags carry it: a scheme, a host and a port, and nothing behind it.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Scheme">http, https, unix or unixs.</param>
/// <param name="Host">The host without brackets; empty where none is named.</param>
/// <param name="Port">The port's text.</param>
public sealed record MemberUrl(string Text, string Scheme, string Host, string Port)
{
    private const string SchemeSeparator = "://";
    private const string NoHostAndPort = "URL address does not have the form \"host:port\": ";

    /// <summary>Whether it names a file instead of a host.</summary>
    public bool IsUnixSocket => Scheme is "unix" or "unixs";

    /// <summary>Whether it asks for TLS.</summary>
    public bool IsSecure => Scheme is "https" or "unixs";

    /// <summary>Whether the host is one that can be listened on: an address or localhost.</summary>
    public bool HasAddress => Host == "localhost" || UrlHost.IsAddress(Host);

    /// <summary>Reads URLs between commas; equal ones count once, and they are sorted by their text.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? TryParseList(string text, out IReadOnlyList<MemberUrl> urls)
    {
        urls = [];
        if (text.Length == 0)
        {
            return null;
        }

        SortedDictionary<string, MemberUrl> found = new(StringComparer.Ordinal);
        foreach (string part in text.Split(','))
        {
            if (TryParse(part.Trim(), out MemberUrl url) is { } error)
            {
                return error;
            }

            found[url.Text] = url;
        }

        urls = [.. found.Values];
        return null;
    }

    /// <summary>Reads one URL.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? TryParse(string text, out MemberUrl url)
    {
        url = new MemberUrl(text, "", "", "");
        if (text.Any(character => character is < ' ' or '\x7f'))
        {
            return $"parse \"{text}\": net/url: invalid control character in URL";
        }

        int separator = text.IndexOf(SchemeSeparator, StringComparison.Ordinal);
        string scheme = separator < 0 ? "" : text[..separator].ToLowerInvariant();
        if (scheme is "unix" or "unixs")
        {
            return TryParseSocket(text, scheme, text[(separator + SchemeSeparator.Length)..], out url);
        }

        if (scheme is not ("http" or "https"))
        {
            return text.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
                ? NoHostAndPort + text
                : "URL scheme must be http, https, unix, or unixs: " + text;
        }

        string rest = text[(separator + SchemeSeparator.Length)..];
        int end = rest.IndexOfAny(['/', '?', '#']);
        string authority = end < 0 ? rest : rest[..end];
        if (!TrySplit(authority, out string host, out string port))
        {
            return NoHostAndPort + text;
        }

        if (port.Length > 0 && !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return $"parse \"{text}\": invalid port \":{port}\" after host";
        }

        if (end >= 0)
        {
            return "URL must not contain a path: " + text;
        }

        if (UrlHost.Check(host, authority.StartsWith('[')) is { } error)
        {
            return $"parse \"{text.Replace("\\", "\\\\", StringComparison.Ordinal)}\": {error}";
        }

        url = new MemberUrl(scheme + SchemeSeparator + authority, scheme, host, port);
        return null;
    }

    /// <summary>A socket's name looks like a host with a port, or is a path behind one or none.</summary>
    private static string? TryParseSocket(string text, string scheme, string rest, out MemberUrl url)
    {
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? rest : rest[..slash];
        bool hasPort = TrySplit(authority, out string host, out string port);
        url = new MemberUrl(text, scheme, hasPort ? host : authority, port);
        if (port.Length > 0 && !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return $"parse \"{text}\": invalid port \":{port}\" after host";
        }

        return Uri.TryCreate(text, UriKind.Absolute, out _) ? null : $"parse \"{text}\": invalid character in host name";
    }

    /// <summary>host:port, an IPv6 address in brackets.</summary>
    private static bool TrySplit(string authority, out string host, out string port)
    {
        (host, port) = ("", "");
        int colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.Contains('@'))
        {
            return false;
        }

        host = authority[..colon];
        port = authority[(colon + 1)..];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            return true;
        }

        return !host.Contains(':') && !host.Contains('[') && !host.Contains(']');
    }
}
