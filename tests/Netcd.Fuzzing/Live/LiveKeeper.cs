using System.Net;
using System.Text.Json;

namespace Netcd.Fuzzing.Live;

/// <summary>
/// The one who keeps the server that is attacked in order, over the gateway: it makes the users, logs them in, and deletes what the inputs
/// have left behind.
/// </summary>
internal sealed class LiveKeeper(HttpClient http, bool hasUsers)
{
    /// <summary>A user who may use some keys.</summary>
    public const string User = "fuzz";

    private const string Root = "root";
    private const string Everything = "\"key\":\"AA==\",\"range_end\":\"AA==\"";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);

    private string? rootToken;
    private string? userToken;

    /// <summary>The token for a choice: of the user, of root, or one that nobody was given; null for none.</summary>
    public string? TokenOf(byte choice) => choice switch
    {
        1 => userToken,
        2 => rootToken,
        3 => "abcdefghijklmnop.7",
        4 => "eyJhbGciOiJub25lIn0.eyJ1c2VybmFtZSI6InJvb3QifQ.",
        _ => null,
    };

    /// <summary>Waits until the server answers, and makes the users.</summary>
    public void Begin(Func<string?> failure)
    {
        DateTime end = DateTime.UtcNow + StartTime;
        while (!TryCall("maintenance/status", "{}", out _))
        {
            if (failure() is { } ended || DateTime.UtcNow > end)
            {
                throw new InvalidOperationException("the server that is to be attacked does not start: " + failure());
            }

            Thread.Sleep(20);
        }

        if (hasUsers && !TryMakeUsers())
        {
            throw new InvalidOperationException("the users cannot be made");
        }
    }

    /// <summary>
    /// Deletes keys, leases, alarms, and users and roles that are not the keeper's, and makes its own again. False where it may no longer,
    /// as root's own rights were changed.
    /// </summary>
    public bool TryClean()
    {
        if (hasUsers)
        {
            // Root may have switched users off; and a change of them ends all tokens.
            TryCall("auth/enable", "{}", out _);
            if (!TryLogIn(Root, out rootToken))
            {
                return false;
            }
        }

        return TryDropAlarms() && TryDropLeases() && TryDropKeys() && (!hasUsers || (TryDropUsers() && TryMakeUsers()));
    }

    private bool TryDropAlarms()
    {
        if (!TryCall("maintenance/alarm", """{"action":"GET"}""", out JsonElement alarms))
        {
            return false;
        }

        bool isDone = true;
        foreach (JsonElement alarm in ListOf(alarms, "alarms"))
        {
            string member = TextOf(alarm, "memberID", "0");
            string type = TextOf(alarm, "alarm", "NONE");
            isDone &= TryCall("maintenance/alarm", $$"""{"action":"DEACTIVATE","memberID":"{{member}}","alarm":"{{type}}"}""", out _);
        }

        return isDone;
    }

    private bool TryDropLeases()
    {
        if (!TryCall("lease/leases", "{}", out JsonElement leases))
        {
            return false;
        }

        foreach (JsonElement lease in ListOf(leases, "leases"))
        {
            // It may have ended by itself.
            TryCall("lease/revoke", $$"""{"ID":"{{TextOf(lease, "ID", "0")}}"}""", out _);
        }

        return true;
    }

    private bool TryDropKeys()
    {
        if (!TryCall("kv/deleterange", "{" + Everything + "}", out JsonElement deleted))
        {
            return false;
        }

        string revision = TextOf(deleted.GetProperty("header"), "revision", "0");
        return TryCall("kv/compaction", $$"""{"revision":"{{revision}}","physical":true}""", out _)
            // Everything may be compacted already.
            || TryCall("kv/range", "{" + Everything + "}", out _);
    }

    private bool TryDropUsers()
    {
        if (!TryCall("auth/user/list", "{}", out JsonElement users) || !TryCall("auth/role/list", "{}", out JsonElement roles))
        {
            return false;
        }

        bool isDone = true;
        foreach (string user in ListOf(users, "users").Select(static user => user.GetString()!).Where(static user => user != Root))
        {
            isDone &= TryCall("auth/user/delete", $$"""{"name":{{JsonSerializer.Serialize(user)}}}""", out _);
        }

        foreach (string role in ListOf(roles, "roles").Select(static role => role.GetString()!).Where(static role => role != Root))
        {
            isDone &= TryCall("auth/role/delete", $$"""{"role":{{JsonSerializer.Serialize(role)}}}""", out _);
        }

        return isDone;
    }

    private bool TryMakeUsers()
    {
        // The first time only: later these are there.
        TryCall("auth/role/add", """{"name":"root"}""", out _);
        TryCall("auth/user/add", """{"name":"root","password":"secret-root"}""", out _);
        TryCall("auth/user/grant", """{"user":"root","role":"root"}""", out _);
        return TryCall("auth/role/add", """{"name":"letters"}""", out _)
            && TryCall(
                "auth/role/grant", """{"name":"letters","perm":{"permType":"READWRITE","key":"YQ==","range_end":"bQ=="}}""", out _)
            && TryCall("auth/user/add", $$"""{"name":"{{User}}","password":"secret-{{User}}"}""", out _)
            && TryCall("auth/user/grant", $$"""{"user":"{{User}}","role":"letters"}""", out _)
            && (rootToken is not null || TryCall("auth/enable", "{}", out _))
            && TryLogIn(Root, out rootToken) && TryLogIn(User, out userToken);
    }

    private bool TryLogIn(string user, out string? token)
    {
        bool isIn = TryCall("auth/authenticate", $$"""{"name":"{{user}}","password":"secret-{{user}}"}""", out JsonElement answer);
        token = isIn ? TextOf(answer, "token", "") : null;
        return isIn;
    }

    private bool TryCall(string path, string body, out JsonElement answer)
    {
        answer = default;
        using HttpRequestMessage request = new(HttpMethod.Post, "/v3/" + path) { Content = new StringContent(body) };
        if (rootToken is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", rootToken);
        }

        try
        {
            using HttpResponseMessage response = http.SendAsync(request).GetAwaiter().GetResult();
            answer = response.StatusCode == HttpStatusCode.OK
                ? JsonDocument.Parse(response.Content.ReadAsStringAsync().GetAwaiter().GetResult()).RootElement
                : default;
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    }

    private static List<JsonElement> ListOf(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray()] : [];

    private static string TextOf(JsonElement element, string name, string absent) =>
        element.TryGetProperty(name, out JsonElement text) ? text.GetString()! : absent;
}
