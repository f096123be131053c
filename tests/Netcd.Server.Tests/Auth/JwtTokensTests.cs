using System.Buffers.Text;
using System.Security.Cryptography;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Netcd.Protocol.Errors;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>JSON Web Tokens: which are taken, and which are not.</summary>
public sealed class JwtTokensTests : IDisposable
{
    private const long Now = 1_800_000_000;
    private const string Header = """{"alg":"HS256","typ":"JWT"}""";

    private readonly JwtFixture fixture = new();
    private readonly FakeTimeProvider clock = new(DateTimeOffset.FromUnixTimeSeconds(Now));

    [Theory]
    [MemberData(nameof(JwtFixture.Methods), MemberType = typeof(JwtFixture))]
    public void What_one_member_signs_another_verifies_with_the_public_key_alone(string method)
    {
        (string? publicKey, string privateKey) = fixture.NewKey(method);
        using ITokenProvider issuer = JwtFixture.Create(JwtFixture.Option(method, publicKey, privateKey), clock);
        string verifying = publicKey is null ? JwtFixture.Option(method, null, privateKey) : JwtFixture.Option(method, publicKey, null);
        using ITokenProvider verifier = JwtFixture.Create(verifying, clock);
        (string? otherPublic, string otherPrivate) = fixture.NewKey(method);
        using ITokenProvider stranger = JwtFixture.Create(JwtFixture.Option(method, otherPublic, otherPrivate), clock);

        string token = issuer.Issue("ålice \"<&>", 12, prefixedToken: null);
        TokenIdentity expected = new("ålice \"<&>", 12);
        Assert.True(verifier.TryIdentify(token, 99, out TokenIdentity seen));
        Assert.Equal(expected, seen);
        Assert.True(verifier.TryIdentify(token, 99, out seen));
        Assert.Equal(expected, seen);
        Assert.True(issuer.TryIdentify(token, 99, out _));
        Assert.False(stranger.TryIdentify(token, 99, out _));
        Assert.Null(issuer.NewPrefix());

        // The last characters of a text in base64 may be of no weight: one in the middle is.
        int middle = token.LastIndexOf('.') + 10;
        string tampered = token[..middle] + (token[middle] == 'A' ? 'B' : 'A') + token[(middle + 1)..];
        Assert.False(verifier.TryIdentify(tampered, 99, out _));
        clock.Advance(TimeSpan.FromSeconds(299));
        Assert.True(verifier.TryIdentify(token, 99, out _));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(verifier.TryIdentify(token, 99, out _));
        Assert.False(issuer.TryIdentify(token, 99, out _));
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS512")]
    [InlineData("ES384")]
    [InlineData("EdDSA")]
    public void A_member_with_the_public_key_alone_issues_nothing(string method)
    {
        (string? publicKey, _) = fixture.NewKey(method);
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option(method, publicKey, null), clock);
        Assert.False(tokens.IsIssuing);
        EtcdException failure = Assert.Throws<EtcdException>(() => tokens.Issue("alice", 1, null));
        Assert.Equal(new EtcdError(StatusCode.Unknown, "auth: token signing attempted with verify-only key"), failure.Error);
    }

    [Fact]
    public void A_key_on_another_curve_than_the_method_s_fails_where_it_is_used_as_in_etcd()
    {
        (_, string privateKey) = fixture.NewKey("ES384");
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option("ES256", null, privateKey), clock);
        EtcdException failure = Assert.Throws<EtcdException>(() => tokens.Issue("alice", 1, null));
        Assert.Equal("key is invalid", failure.Error.Message);
        Assert.False(tokens.TryIdentify(JwtFixture.Sign(privateKey, """{"alg":"ES256"}""", Claims(), "ES384"), 1, out _));
    }

    [Fact]
    public void A_key_that_is_too_small_fails_where_it_signs_as_in_etcd()
    {
        using RSA rsa = RSA.Create(512);
        using ITokenProvider tokens =
            JwtFixture.Create(JwtFixture.Option("RS512", null, fixture.Write(rsa.ExportPkcs8PrivateKeyPem())), clock);
        EtcdException failure = Assert.Throws<EtcdException>(() => tokens.Issue("alice", 1, null));
        Assert.Equal("crypto/rsa: message too long for RSA key size", failure.Error.Message);
    }

    [Theory]
    [InlineData("""{"username":"alice","revision":7}""")]
    [InlineData("""{"username":"alice","revision":7.9,"exp":1800000001}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":0,"nbf":0,"iat":0}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":1.8000000015e9,"nbf":1800000000,"iat":1800000000.9}""")]
    [InlineData("""{"iss":{"a":[1,2]},"revision":7,"x":[{}],"username":"\u0061lice"}""")]
    [InlineData("""{"revision":"1","username":1,"revision":7,"username":"alice"}""")]
    [InlineData("""{"username":"alice","revision":7} and more""")]
    public void Claims_that_etcd_takes_are_taken(string claims)
    {
        string key = fixture.NewKey("HS256").Private;
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option("HS256", null, key), clock);
        Assert.True(tokens.TryIdentify(JwtFixture.Sign(key, Header, claims, "HS256"), 1, out TokenIdentity identity));
        Assert.Equal(new TokenIdentity("alice", 7), identity);
    }

    [Theory]
    [InlineData("""{"revision":7}""")]
    [InlineData("""{"username":"alice"}""")]
    [InlineData("""{"username":7,"revision":7}""")]
    [InlineData("""{"username":null,"revision":7}""")]
    [InlineData("""{"username":["alice"],"revision":7}""")]
    [InlineData("""{"username":"alice","revision":"7"}""")]
    [InlineData("""{"username":"alice","revision":null}""")]
    [InlineData("""{"username":"alice","revision":-1}""")]
    [InlineData("""{"username":"alice","revision":1e30}""")]
    [InlineData("""{"username":"alice","revision":1e400}""")]
    [InlineData("""{"username":"alice","username":1,"revision":7}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":1800000000}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":1800000000.9}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":-5}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":"1900000000"}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":null}""")]
    [InlineData("""{"username":"alice","revision":7,"exp":1e300}""")]
    [InlineData("""{"username":"alice","revision":7,"nbf":1800000001}""")]
    [InlineData("""{"username":"alice","revision":7,"iat":1800000001}""")]
    [InlineData("""{"username":"alice","revision":7,"nbf":true}""")]
    [InlineData("""{"username":"\ud800","revision":7}""")]
    [InlineData("""{"username":"alice","revision":7""")]
    [InlineData("""["username","alice"]""")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("alice")]
    public void Claims_that_are_missing_of_another_type_or_out_of_time_are_refused_however_well_signed(string claims)
    {
        string key = fixture.NewKey("HS256").Private;
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option("HS256", null, key), clock);
        Assert.False(tokens.TryIdentify(JwtFixture.Sign(key, Header, claims, "HS256"), 7, out _));
    }

    [Theory]
    [InlineData("""{"alg":"HS512"}""")]
    [InlineData("""{"alg":"hs256"}""")]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":1}""")]
    [InlineData("""{"alg":"HS256","alg":"none"}""")]
    [InlineData("""{"ALG":"HS256"}""")]
    [InlineData("""{}""")]
    [InlineData("""{"alg":"HS256"}x""")]
    [InlineData("""{"alg":"HS256" """)]
    [InlineData("null")]
    [InlineData("")]
    public void Headers_of_another_method_are_refused_however_well_signed(string header)
    {
        string key = fixture.NewKey("HS256").Private;
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option("HS256", null, key), clock);
        Assert.True(tokens.TryIdentify(JwtFixture.Sign(key, Header, Claims(), "HS256"), 7, out _));
        Assert.False(tokens.TryIdentify(JwtFixture.Sign(key, header, Claims(), "HS256"), 7, out _));
    }

    [Fact]
    public void A_public_key_is_no_secret()
    {
        (string? publicKey, _) = fixture.NewKey("RS256");
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option("RS256", publicKey, null), clock);
        Assert.False(tokens.TryIdentify(JwtFixture.Sign(publicKey!, Header, Claims(), "HS256"), 7, out _));
        Assert.False(tokens.TryIdentify($"{JwtFixture.Encode("""{"alg":"none"}""")}.{JwtFixture.Encode(Claims())}.", 7, out _));
        Assert.False(tokens.TryIdentify($"{JwtFixture.Encode("""{"alg":"RS256"}""")}.{JwtFixture.Encode(Claims())}.", 7, out _));
    }

    [Fact]
    public void What_is_no_token_at_all_is_refused()
    {
        string key = fixture.NewKey("HS256").Private;
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option("HS256", null, key), clock);
        string good = JwtFixture.Sign(key, Header, Claims(), "HS256");
        string[] others =
        [
            "", ".", "..", "...", "a.b.c", "abcdefghijklmnop.17", good + ".", "." + good, good + "=", good + " ", " " + good,
            "Bearer " + good, good.Replace('.', '_'), good[..good.LastIndexOf('.')], good[..^1], good + "AAAA", good.ToUpperInvariant(),
            good + "\n", good + "é",
            new('.', 100_000), new('A', 10_000_000),
            JwtFixture.Sign(key, Header, "{\"username\":\"" + new string('x', 60_000) + "\",\"revision\":1}", "HS256"),
        ];
        Assert.All(others, token => Assert.False(tokens.TryIdentify(token, 7, out _)));
        Assert.True(tokens.TryIdentify(good, 7, out _));
    }

    [Fact]
    public void Damage_anywhere_is_noticed_and_throws_nothing()
    {
        string key = fixture.NewKey("ES256").Private;
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option("ES256", null, key), clock);
        string good = tokens.Issue("alice", 7, null);
        Random random = new(20_261_129);
        for (int round = 0; round < 2_000; round++)
        {
            char[] text = good.ToCharArray();
            int at = random.Next(text.Length - 1);
            char other = (char)random.Next(33, 127);
            bool isOther = other != text[at];
            text[at] = other;
            Assert.True(!isOther || !tokens.TryIdentify(new string(text), 7, out _), new string(text));
        }
    }

    [Fact]
    public void A_verified_token_costs_a_lookup_and_no_more_are_remembered_than_there_is_room()
    {
        string key = fixture.NewKey("HS256").Private;
        JwtMethod method = JwtMethod.Find("HS256")!;
        using JwtTokens tokens = new(
            method,
            new JwtKeyFiles(method, null, key),
            TimeSpan.FromMinutes(5),
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
            maxRemembered: 50);
        string[] all = [.. Enumerable.Range(0, 120).Select(index => tokens.Issue($"user{index}", 1, null))];
        Assert.All(all, token => Assert.True(tokens.TryIdentify(token, 1, out _)));
        Assert.Equal(50, tokens.Remembered);
        Assert.All(all, token => Assert.True(tokens.TryIdentify(token, 1, out _)));
        string last = all[^1];
        Assert.True(tokens.TryIdentify(last, 1, out _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isKnown = tokens.TryIdentify(last, 1, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(isKnown);
    }

    [Fact]
    public void A_token_that_is_not_valid_is_not_remembered()
    {
        string key = fixture.NewKey("HS256").Private;
        using JwtTokens tokens = (JwtTokens)JwtFixture.Create(JwtFixture.Option("HS256", null, key), clock);
        string early = JwtFixture.Sign(key, Header, """{"username":"alice","revision":7,"nbf":1800000005}""", "HS256");
        Assert.False(tokens.TryIdentify(early, 7, out _));
        Assert.False(tokens.TryIdentify(early + "x", 7, out _));
        Assert.Equal(0, tokens.Remembered);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(tokens.TryIdentify(early, 7, out _));
        Assert.Equal(1, tokens.Remembered);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES512")]
    [InlineData("EdDSA")]
    public async Task Threads_sign_and_verify_at_once(string method)
    {
        string key = fixture.NewKey(method).Private;
        using ITokenProvider tokens = JwtFixture.Create(JwtFixture.Option(method, null, key), clock);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int index = 0; index < 20; index++)
            {
                string token = tokens.Issue($"user{thread}", (ulong)index, null);
                Assert.True(tokens.TryIdentify(token, 0, out TokenIdentity identity));
                Assert.Equal(new TokenIdentity($"user{thread}", (ulong)index), identity);
                byte[] forged = Base64Url.DecodeFromChars(token.AsSpan(token.LastIndexOf('.') + 1));
                forged[3] ^= 1;
                string end = Base64Url.EncodeToString(forged);
                Assert.False(tokens.TryIdentify(string.Concat(token.AsSpan(0, token.LastIndexOf('.') + 1), end), 0, out _));
            }
        })));
    }

    public void Dispose() => fixture.Dispose();

    private static string Claims() => """{"exp":1800000300,"revision":7,"username":"alice"}""";
}
