using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Netcd.Server.Grpc;

/// <summary>Metadata whose name ends in <c>-bin</c> has to be base64, with or without padding, whoever reads it.</summary>
internal static class BinaryMetadata
{
    private const string Suffix = "-bin";

    /// <summary>What is wrong with it in the words of Go's gRPC server; null where nothing is.</summary>
    /// <remarks>
    /// To enumerate headers allocates, so those that clients of etcd send are counted first: nothing is left to look at where these are all.
    /// </remarks>
    public static string? Check(IHeaderDictionary headers) => headers.Count == CountUsual(headers) ? null : CheckEach(headers);

    /// <summary>The bytes of a value that was checked.</summary>
    public static byte[] Decode(string value)
    {
        string digits = value.TrimEnd('=');
        return Convert.FromBase64String(digits.PadRight((digits.Length + 3) / 4 * 4, '='));
    }

    private static int CountUsual(IHeaderDictionary headers)
    {
        int count = Some(headers.Host) + Some(headers.ContentType) + Some(headers.TE) + Some(headers.UserAgent) + Some(headers.GrpcTimeout)
            + Some(headers.GrpcEncoding) + Some(headers.GrpcAcceptEncoding) + Some(headers.AcceptEncoding) + (headers.ContentLength is null ? 0 : 1);
        return headers.Count == count ? count : count + Some(headers["client-api-version"]) + Some(headers["hasleader"]) + Some(headers["token"]);
    }

    private static int Some(StringValues values) => values.Count > 0 ? 1 : 0;

    private static string? CheckEach(IHeaderDictionary headers)
    {
        foreach ((string name, StringValues values) in headers)
        {
            if (!name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (string? value in values)
            {
                if (FindIllegal(value ?? "") is { } at)
                {
                    return $"malformed binary metadata \"{value}\" in header \"{name}\": illegal base64 data at input byte {at}";
                }
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
