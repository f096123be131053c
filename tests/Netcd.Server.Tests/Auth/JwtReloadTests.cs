using Microsoft.Extensions.Time.Testing;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>Keys are replaced under a server that runs on.</summary>
public sealed class JwtReloadTests : IDisposable
{
    private readonly JwtFixture fixture = new();
    private readonly FakeTimeProvider clock = new();
    private readonly EventList log = new();

    [Fact]
    public void A_changed_key_counts_within_a_second_and_tokens_of_the_one_before_end()
    {
        (string? publicKey, string privateKey) = fixture.NewKey("RS256");
        using ITokenProvider tokens = Create("RS256", publicKey, null);
        using ITokenProvider before = JwtFixture.Create(JwtFixture.Option("RS256", null, privateKey), clock);
        string old = before.Issue("alice", 1, null);
        Assert.True(tokens.TryIdentify(old, 1, out _));

        (string? newPublic, string newPrivate) = fixture.NewKey("RS256");
        using ITokenProvider after = JwtFixture.Create(JwtFixture.Option("RS256", null, newPrivate), clock);
        string next = after.Issue("bob", 1, null);
        Assert.False(tokens.TryIdentify(next, 1, out _));
        Replace(publicKey!, newPublic!);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(tokens.TryIdentify(next, 1, out TokenIdentity identity));
        Assert.Equal("bob", identity.User);
        Assert.False(tokens.TryIdentify(old, 1, out _));
        Assert.Equal(["reloaded changed key of tokens"], log.Messages);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no key")]
    [InlineData(null)]
    public void A_key_that_cannot_be_used_leaves_the_one_before_and_is_warned_of_once(string? content)
    {
        (_, string privateKey) = fixture.NewKey("ES256");
        using ITokenProvider tokens = Create("ES256", null, privateKey);
        string token = tokens.Issue("alice", 1, null);
        string kept = fixture.Write(File.ReadAllText(privateKey));
        if (content is null)
        {
            File.Delete(privateKey);
        }
        else
        {
            File.WriteAllText(privateKey, content);
        }

        for (int second = 0; second < 5; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.True(tokens.TryIdentify(token, 1, out _));
            Assert.True(tokens.IsIssuing);
        }

        Assert.Equal(["failed to reload changed key of tokens; keeping the one from before"], log.Messages);
        Replace(privateKey, kept);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(tokens.TryIdentify(token, 1, out _));
        Assert.Equal(2, log.Messages.Count);
    }

    public void Dispose() => fixture.Dispose();

    private ITokenProvider Create(string method, string? publicKey, string? privateKey) => TokenProviders.Create(
        TokenSpecification.Parse(JwtFixture.Option(method, publicKey, privateKey)), TimeSpan.Zero, clock, log);

    /// <summary>Another content at another time, however coarse the file system's clock is.</summary>
    private static void Replace(string path, string by)
    {
        File.Copy(by, path, overwrite: true);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
    }
}
