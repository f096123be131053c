using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Netcd.Interop.Auth;

/// <summary>JSON Web Tokens as a test makes them itself: good ones and bad ones.</summary>
/// <param name="secret">The key of the servers.</param>
internal sealed class Jwt(string secret)
{
    /// <summary>A token that is good in every way, unless something in it is said to be otherwise.</summary>
    public string Of(string user, ulong revision, int seconds = 600) => Sign(new Dictionary<string, object>
    {
        ["username"] = user,
        ["revision"] = revision,
        ["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds,
    });

    /// <summary>A token with any claims, signed as its head says.</summary>
    public string Sign(IReadOnlyDictionary<string, object> claims, string algorithm = "HS256")
    {
        string signed = Text(new Dictionary<string, object> { ["alg"] = algorithm, ["typ"] = "JWT" }) + "." + Text(claims);
        byte[] key = Encoding.UTF8.GetBytes(secret);
        byte[] bytes = Encoding.UTF8.GetBytes(signed);
        byte[] signature = algorithm switch
        {
            "HS256" => HMACSHA256.HashData(key, bytes),
            "HS512" => HMACSHA512.HashData(key, bytes),
            _ => [],
        };
        return $"{signed}.{Base64(signature)}";
    }

    /// <summary>What a token says, as its holder can read it.</summary>
    public static JsonElement Claims(string token)
    {
        string part = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        return JsonDocument.Parse(Convert.FromBase64String(part.PadRight((part.Length + 3) / 4 * 4, '='))).RootElement;
    }

    private static string Text(IReadOnlyDictionary<string, object> values) => Base64(JsonSerializer.SerializeToUtf8Bytes(values));

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
