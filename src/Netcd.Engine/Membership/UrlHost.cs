using System.Net;

namespace Netcd.Engine.Membership;

/// <summary>Hosts in URLs, as Go's <c>net/url</c> and <c>net</c> judge them.</summary>
internal static class UrlHost
{
    private const string Permitted = "!$&'()*+,;=:[]<>\"-_.~";

    /// <summary>An address with all its parts, no needless zeros and no zone: .NET takes 127.1 and 010.0.0.1 too.</summary>
    public static bool IsAddress(string host) => host.Contains(':')
        ? !host.Contains('%') && IPAddress.TryParse(host, out _)
        : host.Split('.') is { Length: 4 } parts && parts.All(IsByte);

    /// <summary>What is wrong with a host, brackets not among it; null for nothing.</summary>
    /// <param name="host">The host.</param>
    /// <param name="isBracketed">Whether it stood in brackets, as addresses of IPv6 do and nothing else.</param>
    public static string? Check(string host, bool isBracketed)
    {
        if (isBracketed)
        {
            return CheckBracketed(host);
        }

        for (int index = 0; index < host.Length; index++)
        {
            char character = host[index];
            if (character == '%')
            {
                // Only bytes that are not ASCII may be escaped in a name.
                string escape = host.Substring(index, Math.Min(3, host.Length - index));
                if (escape.Length < 3 || !char.IsAsciiHexDigit(escape[1]) || !char.IsAsciiHexDigit(escape[2]) || escape[1] < '8')
                {
                    return $"invalid URL escape \"{escape}\"";
                }
            }
            else if (char.IsAscii(character) && !char.IsAsciiLetterOrDigit(character) && !Permitted.Contains(character))
            {
                return $"invalid character \"{(character == '\\' ? "\\\\" : character)}\" in host name";
            }
        }

        return null;
    }

    private static string? CheckBracketed(string host)
    {
        int zone = host.IndexOf('%');
        if (zone >= 0 && !host.AsSpan(zone).StartsWith("%25"))
        {
            return $"invalid URL escape \"{host.Substring(zone, Math.Min(3, host.Length - zone))}\"";
        }

        if (zone >= 0 && host.Length == zone + 3)
        {
            return $"invalid host: ParseAddr(\"{host[..zone]}%\"): zone must be a non-empty string";
        }

        string address = zone >= 0 ? host[..zone] : host;
        return IsAddress(address) && !address.Contains(':') ? "invalid IP-literal"
            : IsAddress(address) ? null
            : $"invalid host: ParseAddr(\"{host}\"): unable to parse IP";
    }

    private static bool IsByte(string part) =>
        byte.TryParse(part, System.Globalization.NumberStyles.None, null, out _) && (part.Length == 1 || part[0] != '0');
}
