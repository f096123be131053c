using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>Tokens and passwords pass between etcd and netcd.</summary>
public sealed class EtcdAuthTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JwtFixture fixture = new();

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS512")]
    [InlineData("ES512")]
    [InlineData("HS384")]
    public async Task Each_takes_the_other_s_tokens(string method)
    {
        (string? publicKey, string privateKey) = fixture.NewKey(method);
        string option = JwtFixture.Option(method, publicKey, privateKey);
        await using EtcdProcess etcd = await StartAsync(option + ",ttl=9m");
        await EnableAsync(etcd);
        using ITokenProvider tokens = JwtFixture.Create(option, TimeProvider.System);

        string theirs = await LogInAsync(etcd, "root", "root");
        Assert.True(tokens.TryIdentify(theirs, 0, out TokenIdentity identity));
        Assert.Equal("root", identity.User);
        Assert.True(identity.Revision > 1);
        string ours = tokens.Issue("root", identity.Revision, null);
        Assert.Equal(PartsOf(theirs), PartsOf(ours));
        Assert.Contains("\"header\"", await RangeAsync(etcd, ours));

        string stranger = JwtFixture.Create(JwtFixture.Option(method, null, fixture.NewKey(method).Private), TimeProvider.System)
            .Issue("root", identity.Revision, null);
        Assert.Contains("invalid auth token", await RangeAsync(etcd, stranger));
        Assert.False(tokens.TryIdentify(stranger, 0, out _));
    }

    [Fact]
    public async Task Each_takes_the_other_s_password_hashes()
    {
        string longest = string.Concat(Enumerable.Repeat("0123456789ab", 6));
        (string User, string Password)[] users =
            [("plain", "secret"), ("empty", ""), ("unicode", "pässwörd ☃ 𝄞"), ("zero", "a\0b"), ("longest", longest)];
        PasswordHasher hasher = new(4, NullLogger.Instance);
        await using (EtcdProcess etcd = await StartAsync("simple"))
        {
            foreach ((string user, string password) in users)
            {
                await etcd.CallAsync("/v3/auth/user/add", Body(("name", user), ("password", password)));
                await etcd.CallAsync("/v3/auth/user/add", Body(("name", "our" + user), ("password", "other")));
                string hash = Convert.ToBase64String(hasher.Hash(password));
                await etcd.CallAsync("/v3/auth/user/changepw", Body(("name", "our" + user), ("hashedPassword", hash)));
            }

            await EnableAsync(etcd);
            foreach ((string user, string password) in users)
            {
                Assert.NotEqual("", await LogInAsync(etcd, "our" + user, password));
                Assert.Equal("", await LogInAsync(etcd, "our" + user, "x" + password));
            }

            // What is checked is cut: the answer is etcd's, and ours.
            Assert.NotEqual("", await LogInAsync(etcd, "longest", longest + "more"));
            Assert.NotEqual("", await LogInAsync(etcd, "ourlongest", longest + "more"));
            Assert.Contains(
                "bcrypt: password length exceeds 72 bytes",
                await PostAsync(etcd, "/v3/auth/user/add", Body(("name", "toolong"), ("password", longest + "x"))));
        }

        byte[] backend = await File.ReadAllBytesAsync(Path.Combine(folder.At("data"), "member", "snap", "db"));
        foreach ((string user, string password) in users)
        {
            byte[][] hashes = [.. HashesOf(backend, user)];
            Assert.NotEmpty(hashes);
            Assert.All(hashes, hash => Assert.True(hasher.Verify(password, hash)));
            Assert.All(hashes, hash => Assert.False(hasher.Verify(password + "x", hash) && password.Length < 72));
            Assert.All(hashes, hash => Assert.False(hasher.Verify("x" + password, hash)));
        }
    }

    public void Dispose()
    {
        folder.Dispose();
        fixture.Dispose();
    }

    private Task<EtcdProcess> StartAsync(string token) =>
        EtcdProcess.StartAsync(folder.At("data"), "--log-level", "error", "--bcrypt-cost", "4", "--auth-token", token);

    private static async Task EnableAsync(EtcdProcess etcd)
    {
        await etcd.CallAsync("/v3/auth/user/add", Body(("name", "root"), ("password", "root")));
        await etcd.CallAsync("/v3/auth/role/add", Body(("name", "root")));
        await etcd.CallAsync("/v3/auth/user/grant", Body(("user", "root"), ("role", "root")));
        await etcd.CallAsync("/v3/auth/enable", "{}");
    }

    /// <summary>The token; nothing where the log-in failed.</summary>
    private static async Task<string> LogInAsync(EtcdProcess etcd, string user, string password)
    {
        string answer = await PostAsync(etcd, "/v3/auth/authenticate", Body(("name", user), ("password", password)));
        return JsonDocument.Parse(answer).RootElement.TryGetProperty("token", out JsonElement token) ? token.GetString()! : "";
    }

    private static async Task<string> RangeAsync(EtcdProcess etcd, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri("/v3/kv/range", UriKind.Relative));
        request.Content = new StringContent("""{"key":"YQ=="}""");
        request.Headers.TryAddWithoutValidation("Authorization", token);
        using HttpResponseMessage response = await etcd.Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<string> PostAsync(EtcdProcess etcd, string path, string body)
    {
        using StringContent content = new(body);
        using HttpResponseMessage response = await etcd.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        return await response.Content.ReadAsStringAsync();
    }

    private static string Body(params (string Name, string Value)[] fields) =>
        JsonSerializer.Serialize(fields.ToDictionary(static field => field.Name, static field => field.Value));

    /// <summary>A token's header, and the names and types of its claims.</summary>
    private static (string Header, string Claims) PartsOf(string token)
    {
        string[] parts = token.Split('.');
        JsonElement claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1])).RootElement;
        return (parts[0], string.Join(' ', claims.EnumerateObject().Select(static claim => $"{claim.Name}:{claim.Value.ValueKind}")));
    }

    /// <summary>The hashes that stand behind a user's name in the records of a backend: field 1, and then field 2 with 60 bytes.</summary>
    private static IEnumerable<byte[]> HashesOf(byte[] backend, string user)
    {
        byte[] record = [0x0a, (byte)user.Length, .. Encoding.ASCII.GetBytes(user), 0x12, 60];
        for (int at = backend.AsSpan().IndexOf(record); at >= 0;)
        {
            yield return backend[(at + record.Length)..(at + record.Length + 60)];
            int next = backend.AsSpan(at + 1).IndexOf(record);
            at = next < 0 ? -1 : at + 1 + next;
        }
    }
}
