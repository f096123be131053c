using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Netcd.Server.Grpc;

/// <summary>What is to be known of all headers of a request, whatever they are for.</summary>
/// <param name="Characters">Of all values.</param>
/// <param name="Malformed">
/// What is wrong with one whose name ends in <c>-bin</c>, in the words of Go's gRPC server: it has to be base64, with or without padding,
/// whoever reads it. Null where nothing is.
/// </param>
internal readonly record struct HeaderScan(long Characters, string? Malformed)
{
    private const string Suffix = "-bin";

    /// <summary>Looks at the headers.</summary>
    /// <remarks>
    /// To enumerate headers allocates, so those that clients of etcd send are looked up first: nothing is left where these are all.
    /// </remarks>
    public static HeaderScan Of(IHeaderDictionary headers)
    {
        (int count, long characters) = (headers.ContentLength is null ? 0 : 1, 0);
        Take(headers.Host);
        Take(headers.ContentType);
        Take(headers.TE);
        Take(headers.UserAgent);
        Take(headers.GrpcTimeout);
        Take(headers.GrpcEncoding);
        Take(headers.GrpcAcceptEncoding);
        Take(headers.AcceptEncoding);
        if (headers.Count != count)
        {
            Take(headers["client-api-version"]);
            Take(headers["hasleader"]);
            Take(headers["token"]);
        }

        return headers.Count == count ? new HeaderScan(characters, null) : OfEach(headers);

        void Take(StringValues values)
        {
            count += values.Count > 0 ? 1 : 0;
            characters += values.Count == 1 ? values[0]!.Length : LengthOf(values);
        }
    }

    /// <summary>The bytes of a value that was checked.</summary>
    public static byte[] Decode(string value)
    {
        string digits = value.TrimEnd('=');
        return Convert.FromBase64String(digits.PadRight((digits.Length + 3) / 4 * 4, '='));
    }

    private static HeaderScan OfEach(IHeaderDictionary headers)
    {
        long characters = 0;
        string? malformed = null;
        foreach ((string name, StringValues values) in headers)
        {
            characters += name.Length + LengthOf(values);
            if (name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
            {
                malformed ??= FindMalformed(name, values);
            }
        }

        return new HeaderScan(characters, malformed);
    }

    private static long LengthOf(StringValues values)
    {
        long characters = 0;
        foreach (string? value in values)
        {
            characters += value?.Length ?? 0;
        }

        return characters;
    }

    private static string? FindMalformed(string name, StringValues values)
    {
        foreach (string? value in values)
        {
            if (FindIllegal(value ?? "") is { } at)
            {
                return $"malformed binary metadata \"{value}\" in header \"{name}\": illegal base64 data at input byte {at}";
            }
        }

        return null;
    }

    /// <summary>Where a value stops to be base64, as Go's decoder counts; null where it is.</summary>
    private static int? FindIllegal(string value)
    {
        ReadOnlySpan<char> digits = value;
        if (digits.Length % 4 == 0 && digits.Length > 0)
        {
            digits = digits[^2] == '=' && digits[^1] == '=' ? digits[..^2] : digits[^1] == '=' ? digits[..^1] : digits;
        }

        for (int i = 0; i < digits.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(digits[i]) && digits[i] is not ('+' or '/'))
            {
                return i;
            }
        }

        return digits.Length % 4 == 1 ? digits.Length - 1 : null;
    }
}
