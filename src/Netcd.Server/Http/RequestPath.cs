using System.Text;

namespace Netcd.Server.Http;

/// <summary>
/// A request's path as Go's HTTP server sees it: decoded as a whole, slashes included, and sent to its clean form where it is not clean.
/// </summary>
/// <remarks>Decoded bytes stand as one character each until routing needs the text.</remarks>
internal static class RequestPath
{
    private const string Unescaped = "-_.~$&+,/:;=@";

    /// <summary>The path of a target as it was sent, decoded, and the query with its question mark.</summary>
    public static string Decode(string target, out string query)
    {
        string path = WithoutAuthority(target);
        int end = path.IndexOf('?', StringComparison.Ordinal);
        query = end < 0 ? "" : path[end..];
        path = end < 0 ? path : path[..end];
        return path.Contains('%', StringComparison.Ordinal) ? DecodeEscapes(path) : path;
    }

    /// <summary>The path without empty and relative segments; a slash at the end stays.</summary>
    public static string Clean(string path)
    {
        if (IsClean(path))
        {
            return path;
        }

        List<string> segments = [];
        foreach (string segment in path.Split('/'))
        {
            if (segment == "..")
            {
                segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            }
            else if (segment is not ("" or "."))
            {
                segments.Add(segment);
            }
        }

        string clean = "/" + string.Join('/', segments);
        return path.EndsWith('/') && clean.Length > 1 ? clean + "/" : clean;
    }

    /// <summary>The path as it stands in a URL.</summary>
    public static string Escape(string path)
    {
        StringBuilder escaped = new(path.Length);
        foreach (char value in path)
        {
            if (char.IsAsciiLetterOrDigit(value) || Unescaped.Contains(value, StringComparison.Ordinal))
            {
                escaped.Append(value);
            }
            else
            {
                escaped.Append('%').Append(((byte)value).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }

    /// <summary>The path as text.</summary>
    public static string ToText(string path) =>
        System.Text.Ascii.IsValid(path) ? path : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path));

    private static string WithoutAuthority(string target)
    {
        int scheme = target.StartsWith('/') ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return target;
        }

        int path = target.AsSpan(scheme + 3).IndexOfAny('/', '?');
        return path < 0 ? "/" : target[(scheme + 3 + path)..];
    }

    private static bool IsClean(string path) =>
        path.StartsWith('/') && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal);

    private static string DecodeEscapes(string path)
    {
        StringBuilder decoded = new(path.Length);
        for (int i = 0; i < path.Length; i++)
        {
            bool isEscape = path[i] == '%' && i + 2 < path.Length && char.IsAsciiHexDigit(path[i + 1]) && char.IsAsciiHexDigit(path[i + 2]);
            decoded.Append(isEscape ? (char)Convert.FromHexString(path.AsSpan(i + 1, 2))[0] : path[i]);
            i += isEscape ? 2 : 0;
        }

        return decoded.ToString();
    }
}
