using System.Text;
using Microsoft.Net.Http.Headers;

namespace Netcd.Server.Hosting;

/// <summary>
/// Reads the length of a body as digits and nothing else, as etcd does. Kestrel takes a sign before them, which others on a request's way
/// may
/// read otherwise: then they would not agree on where the next request begins.
/// </summary>
internal sealed class ContentLengthEncoding : ASCIIEncoding
{
    private const char NoDigit = '?';
    private static readonly ContentLengthEncoding Digits = new();

    private ContentLengthEncoding()
    {
    }

    /// <summary>How Kestrel is to decode a header; null for its own way.</summary>
    /// <remarks>Hot path: for each header whose value is not that of the connection's request before.</remarks>
    public static Encoding? Of(string header) => header == HeaderNames.ContentLength ? Digits : null;

    /// <summary>Decodes digits, without zeros before them; what stands for anything else is not taken for a number.</summary>
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        ReadOnlySpan<byte> value = bytes.TrimStart((byte)'0');
        value = value.IsEmpty && !bytes.IsEmpty ? bytes[^1..] : value;
        int count = Math.Min(value.Length, chars.Length);
        for (int i = 0; i < count; i++)
        {
            chars[i] = char.IsAsciiDigit((char)value[i]) ? (char)value[i] : NoDigit;
        }

        // More than there is room for is longer than any length.
        return count;
    }
}
