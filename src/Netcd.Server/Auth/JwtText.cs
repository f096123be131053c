using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Netcd.Server.Auth;

/// <summary>The text of a JSON Web Token (RFC 7519): header, claims and signature in base64url, with dots between them.</summary>
internal static class JwtText
{
    /// <summary>No token is longer: the text of a long one is not looked at.</summary>
    private const int MaxLength = 64 * 1024;

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Reads a token that was signed by the key with its method; its claims are not checked yet.</summary>
    /// <returns>Whether it was signed by it, and is such a token at all.</returns>
    public static bool TryRead(string token, JwtMethod method, JwtKey key, out JwtClaims claims)
    {
        claims = default;
        if (token.Length > MaxLength || token.AsSpan().ContainsAnyExcept(Alphabet))
        {
            return false;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(token.Length * 2);
        try
        {
            return TryRead(token, buffer, method, key, out claims);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes and signs a token with etcd's claims.</summary>
    public static string Write(JwtMethod method, JwtKey key, string user, ulong revision, long expiresAt)
    {
        ArrayBufferWriter<byte> claims = new();
        using (Utf8JsonWriter writer = new(claims))
        {
            writer.WriteStartObject();
            writer.WriteNumber("exp"u8, expiresAt);
            writer.WriteNumber("revision"u8, revision);
            writer.WriteString("username"u8, user);
            writer.WriteEndObject();
        }

        string header = Base64Url.EncodeToString(Encoding.ASCII.GetBytes($$"""{"alg":"{{method.Name}}","typ":"JWT"}"""));
        string signed = $"{header}.{Base64Url.EncodeToString(claims.WrittenSpan)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static bool TryRead(ReadOnlySpan<char> token, Span<byte> buffer, JwtMethod method, JwtKey key, out JwtClaims claims)
    {
        claims = default;
        int first = token.IndexOf('.');
        int last = token.LastIndexOf('.');
        if (first < 0 || last == first || token[(first + 1)..last].Contains('.'))
        {
            return false;
        }

        Span<byte> signed = buffer[..Encoding.ASCII.GetBytes(token[..last], buffer)];
        Span<byte> room = buffer[signed.Length..];
        if (!TryDecode(token[..first], room, out ReadOnlySpan<byte> header)
            || !JwtClaims.HasMethod(header, method.Name)
            || !TryDecode(token[(last + 1)..], room, out ReadOnlySpan<byte> signature)
            || !key.IsSignedBy(signed, signature)
            || !TryDecode(token[(first + 1)..last], room, out ReadOnlySpan<byte> json))
        {
            return false;
        }

        claims = JwtClaims.Read(json);
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> room, out ReadOnlySpan<byte> bytes)
    {
        OperationStatus status = Base64Url.DecodeFromChars(text, room, out _, out int written);
        bytes = room[..written];
        return status == OperationStatus.Done;
    }
}
