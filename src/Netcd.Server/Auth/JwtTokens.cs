using Microsoft.Extensions.Logging;

namespace Netcd.Server.Auth;

/// <summary>
/// JSON Web Tokens: signed, so that no member keeps them, and valid until they expire. Any issuer that has the private key can make them;
/// a member with the public key alone verifies them.
/// </summary>
/// <remarks>Signatures are dear: a token that was verified is remembered until it expires.</remarks>
internal sealed class JwtTokens : ITokenProvider
{
    /// <summary>As many verified tokens are remembered.</summary>
    public const int DefaultMaxRemembered = 10_000;

    /// <summary>A longer token is verified each time, so that those that are remembered have a bound in bytes.</summary>
    private const int MaxRememberedLength = 2_048;

    private static readonly TimeSpan ReloadPeriod = TimeSpan.FromSeconds(1);

    private readonly JwtMethod method;
    private readonly JwtKeyFiles files;
    private readonly TimeSpan ttl;
    private readonly TimeProvider clock;
    private readonly CoarseClock coarse;
    private readonly ILogger log;
    private readonly int maxRemembered;
    private readonly ITimer reloads;
    private readonly Lock reloading = new();
    private volatile Version current;

    /// <param name="method">How tokens are signed; others are refused.</param>
    /// <param name="files">The key.</param>
    /// <param name="ttl">The life of a token that is issued here.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Says when another key is used, and when one cannot be.</param>
    /// <param name="maxRemembered">As many verified tokens are remembered.</param>
    public JwtTokens(
        JwtMethod method,
        JwtKeyFiles files,
        TimeSpan ttl,
        TimeProvider clock,
        ILogger log,
        int maxRemembered = DefaultMaxRemembered)
    {
        this.method = method;
        this.files = files;
        this.ttl = ttl;
        this.clock = clock;
        coarse = new CoarseClock(clock);
        this.log = log;
        this.maxRemembered = maxRemembered;
        current = new Version(files.Key, maxRemembered);
        reloads = clock.CreateTimer(static tokens => ((JwtTokens)tokens!).Reload(), this, ReloadPeriod, ReloadPeriod);
    }

    /// <inheritdoc/>
    public bool IsIssuing => current.Key.CanSign;

    /// <summary>How many verified tokens are remembered.</summary>
    public int Remembered => current.Verified.Count();

    /// <inheritdoc/>
    public string? NewPrefix() => null;

    /// <inheritdoc/>
    public string Issue(string user, ulong revision, string? prefixedToken)
    {
        JwtKey key = current.Key;
        return key.CanSign
            ? JwtText.Write(method, key, user, revision, (clock.GetUtcNow() + ttl).ToUnixTimeSeconds())
            : throw AuthErrors.VerifyOnly.ToException();
    }

    /// <inheritdoc/>
    public bool TryIdentify(string token, ulong currentRevision, out TokenIdentity identity)
    {
        Version version = current;
        long now = coarse.UnixSeconds;
        if (!version.Verified.TryGet(token, out Verified? verified))
        {
            return TryVerify(token, version, clock.GetUtcNow().ToUnixTimeSeconds(), out identity);
        }

        if (now >= verified.ExpiresAt)
        {
            version.Verified.Remove(verified);
            identity = default;
            return false;
        }

        if (now != verified.LastUsed)
        {
            verified.Use(now);
        }

        identity = verified.Identity;
        return true;
    }

    /// <inheritdoc/>
    public void Assign(string token, string user)
    {
        // A token says itself whose it is.
    }

    /// <inheritdoc/>
    public void InvalidateUser(string user)
    {
        // A token cannot be taken back: the revision in it is old from now on.
    }

    /// <inheritdoc/>
    public void Clear()
    {
        // As for one user.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        reloads.Dispose();
        coarse.Dispose();
    }

    private bool TryVerify(string token, Version version, long now, out TokenIdentity identity)
    {
        identity = default;
        if (!JwtText.TryRead(token, method, version.Key, out JwtClaims claims) || !claims.AreValid(now))
        {
            return false;
        }

        identity = new TokenIdentity(claims.User!, claims.Revision);
        if (token.Length <= MaxRememberedLength)
        {
            version.Verified.Add(new Verified(token, identity, claims.ExpiresAt, now));
        }

        return true;
    }

    private void Reload()
    {
        // Where a disk takes longer than the timer, one that reads is enough.
        if (!reloading.TryEnter())
        {
            return;
        }

        try
        {
            if (files.Reload())
            {
                current = new Version(files.Key, maxRemembered);
                log.ReloadedTokenKey(files.Paths);
            }
        }
        catch (TokenOptionsException failure)
        {
            log.FailedToReloadTokenKey(files.Paths, failure.Reason);
        }
        finally
        {
            reloading.Exit();
        }
    }

    /// <summary>A key and the tokens that were verified with it.</summary>
    private sealed class Version(JwtKey key, int maxRemembered)
    {
        public JwtKey Key { get; } = key;

        public TokenTable<Verified> Verified { get; } = new(maxRemembered);
    }

    private sealed class Verified(string token, TokenIdentity identity, long expiresAt, long now) : TokenEntry(token, now)
    {
        public TokenIdentity Identity { get; } = identity;

        public long ExpiresAt { get; } = expiresAt;
    }
}
