using System.Text.Json.Nodes;
using Netcd.Server.Tests.Gateway;

namespace Netcd.Server.Tests.Auth;

/// <summary>The audit log of a running server says who has done what to which keys, and never a value or a password.</summary>
public sealed class AuditTrailTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-audit");

    private string LogFile => Path.Combine(directory.FullName, "audit.log");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task Each_call_leaves_a_line_with_its_caller_its_keys_and_its_outcome()
    {
        await using (GatewayServer server = new() { Configure = options => options with { AuditLog = LogFile, BcryptCost = 4 } })
        {
            await server.InitializeAsync();
            await CallAsync(server);
        }

        JsonObject[] lines = [.. File.ReadLines(LogFile).Select(static line => JsonNode.Parse(line)!.AsObject())];
        Assert.Equal(
            [
                "- /etcdserverpb.Auth/UserAdd user root OK",
                "- /etcdserverpb.Auth/UserGrantRole user root role root OK",
                "- /etcdserverpb.Auth/UserAdd user eve OK",
                "- /etcdserverpb.Auth/AuthEnable OK",
                "eve /etcdserverpb.Auth/Authenticate InvalidArgument",
                "root /etcdserverpb.Auth/Authenticate OK",
                "eve /etcdserverpb.Auth/Authenticate OK",
                "root /etcdserverpb.KV/Put foo OK",
                "- /etcdserverpb.KV/Put foo InvalidArgument",
                "eve /etcdserverpb.KV/Range foo fop PermissionDenied",
                "- /etcdserverpb.KV/Range foo Unauthenticated",
                "root /etcdserverpb.KV/Txn a OK",
                "root /etcdserverpb.KV/Txn b OK",
                "eve /etcdserverpb.KV/Txn a PermissionDenied",
                "eve /etcdserverpb.KV/Txn b PermissionDenied",
                "eve /etcdserverpb.KV/Txn c PermissionDenied",
                "root /etcdserverpb.Lease/LeaseGrant lease 000000000000002a OK",
                "eve /etcdserverpb.Auth/UserChangePassword user eve PermissionDenied",
                "root /etcdserverpb.Auth/UserChangePassword user root OK",
                "root /etcdserverpb.Auth/Authenticate OK",
                "root /etcdserverpb.Auth/AuthDisable OK",
            ],
            lines.Select(Shorten));
        Assert.All(lines, static line => Assert.StartsWith("127.0.0.1:", line["address"]!.GetValue<string>(), StringComparison.Ordinal));
        Assert.All(lines[4..18], static line => Assert.Equal(4, line["auth_revision"]!.GetValue<int>()));
        Assert.Equal(2, lines[7]["revision"]!.GetValue<int>());
        string all = await File.ReadAllTextAsync(LogFile, TestContext.Current.CancellationToken);
        Assert.All(
            new[] { "very-secret", "other-secret", "wrong-secret", "newest-secret", "hidden", Base64("hidden") },
            secret => Assert.DoesNotContain(secret, all, StringComparison.Ordinal));
    }

    private static async Task CallAsync(GatewayServer server)
    {
        await server.PostAsync("/v3/auth/user/add", """{"name":"root","password":"very-secret"}""");
        await server.PostAsync("/v3/auth/user/grant", """{"user":"root","role":"root"}""");
        await server.PostAsync("/v3/auth/user/add", """{"name":"eve","password":"other-secret"}""");
        await server.PostAsync("/v3/auth/enable", "{}");
        await server.PostAsync("/v3/auth/authenticate", """{"name":"eve","password":"wrong-secret"}""");
        string root = await LogInAsync(server, "root", "very-secret");
        string eve = await LogInAsync(server, "eve", "other-secret");
        await server.PostAsync("/v3/kv/put", Put("foo"), root);
        await server.PostAsync("/v3/kv/put", Put("foo"));
        await server.PostAsync("/v3/kv/range", $$"""{"key":"{{Base64("foo")}}","range_end":"{{Base64("fop")}}"}""", eve);
        await server.PostAsync("/v3/kv/range", $$"""{"key":"{{Base64("foo")}}"}""", "made-up.1");
        string txn = $$$"""
            {"success":[{"request_put":{{{Put("a")}}}},{"request_range":{"key":"{{{Base64("b")}}}"}}],
            "failure":[{"request_put":{{{Put("c")}}}}]}
            """;
        await server.PostAsync("/v3/kv/txn", txn, root);
        await server.PostAsync("/v3/kv/txn", txn, eve);
        await server.PostAsync("/v3/lease/grant", """{"ID":42,"TTL":60}""", root);
        await server.PostAsync("/v3/auth/user/changepw", """{"name":"eve","password":"newest-secret"}""", eve);
        await server.PostAsync("/v3/auth/user/changepw", """{"name":"root","password":"newest-secret"}""", root);
        root = await LogInAsync(server, "root", "newest-secret");
        await server.PostAsync("/v3/auth/disable", "{}", root);
    }

    private static async Task<string> LogInAsync(GatewayServer server, string name, string password)
    {
        Reply reply = await server.PostAsync("/v3/auth/authenticate", $$"""{"name":"{{name}}","password":"{{password}}"}""");
        return reply.Json["token"]!.GetValue<string>();
    }

    private static string Shorten(JsonObject line) => string.Join(
        ' ',
        new[] { line["user"]?.GetValue<string>() ?? "-" }
            .Concat(new[] { "method", "target", "key", "range_end", "code" }.Select(name => line[name]?.GetValue<string>()))
            .Where(static text => text is not null));

    private static string Put(string key) => $$"""{"key":"{{Base64(key)}}","value":"{{Base64("hidden")}}"}""";

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
