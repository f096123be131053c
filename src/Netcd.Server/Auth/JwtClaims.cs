using System.Text.Json;

namespace Netcd.Server.Auth;

/// <summary>
/// What a JSON Web Token says, with the types that etcd asks for: a name and a revision must be there; times that are missing or 0 do not
/// limit it, and one that is not a number makes it invalid (PR 15677: a token without user or revision).
/// </summary>
internal struct JwtClaims
{
    private const double MaxSeconds = 1L << 60;
    private const double TwoPow64 = 18446744073709551616.0;

    private TimeClaim expires;
    private TimeClaim issued;
    private TimeClaim begins;
    private double? revision;

    public string? User { get; private set; }

    public readonly ulong Revision => (ulong)revision.GetValueOrDefault();

    /// <summary>The second from which on it is not valid any more.</summary>
    public readonly long ExpiresAt => expires.Seconds ?? long.MaxValue;

    /// <summary>Whether all is there that must be, and now is in its time.</summary>
    public readonly bool AreValid(long now) =>
        User is not null
        && revision is >= 0 and < TwoPow64
        && expires.IsValid && now < ExpiresAt
        && issued.IsValid && now >= (issued.Seconds ?? long.MinValue)
        && begins.IsValid && now >= (begins.Seconds ?? long.MinValue);

    /// <summary>Reads the first value of the text. Where a claim is there twice, the last one counts, as in etcd.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A text in it is not Unicode.</exception>
    public static JwtClaims Read(ReadOnlySpan<byte> json)
    {
        JwtClaims claims = default;
        Utf8JsonReader reader = new(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("not an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            claims.ReadClaim(ref reader);
        }

        return claims;
    }

    /// <summary>A token's method, out of its header; null where it names none.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static bool HasMethod(ReadOnlySpan<byte> header, string name)
    {
        bool isSame = false;
        Utf8JsonReader reader = new(header);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMethod = reader.ValueTextEquals("alg"u8);
            reader.Read();
            if (isMethod)
            {
                isSame = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(name);
            }

            reader.Skip();
        }

        return isSame && !reader.Read();
    }

    private void ReadClaim(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("username"u8))
        {
            reader.Read();
            User = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        else if (reader.ValueTextEquals("revision"u8))
        {
            reader.Read();
            revision = reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : null;
        }
        else if (reader.ValueTextEquals("exp"u8))
        {
            expires = TimeClaim.Read(ref reader);
        }
        else if (reader.ValueTextEquals("iat"u8))
        {
            issued = TimeClaim.Read(ref reader);
        }
        else if (reader.ValueTextEquals("nbf"u8))
        {
            begins = TimeClaim.Read(ref reader);
        }
        else
        {
            reader.Read();
        }

        reader.Skip();
    }

    /// <summary>A time in seconds since 1970, of which parts of a second do not count.</summary>
    private readonly record struct TimeClaim(long? Seconds, bool IsInvalid)
    {
        public bool IsValid => !IsInvalid;

        public static TimeClaim Read(ref Utf8JsonReader reader)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number)
            {
                return new TimeClaim(null, IsInvalid: true);
            }

            double seconds = Math.Floor(reader.GetDouble());
            return seconds == 0 ? default
                : Math.Abs(seconds) <= MaxSeconds ? new TimeClaim((long)seconds, IsInvalid: false)
                : new TimeClaim(null, IsInvalid: true);
        }
    }
}
