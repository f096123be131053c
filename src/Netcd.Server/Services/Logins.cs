using Microsoft.Extensions.Logging;
using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;
using Netcd.Server.Auth;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Services;

/// <summary>Passwords and tokens: what a log-in needs besides users and roles.</summary>
/// <param name="tokens">Issues and ends tokens.</param>
/// <param name="hasher">Hashes passwords.</param>
/// <param name="lockout">Slows guessing down; null for no delays.</param>
/// <param name="log">Where refusals are logged.</param>
internal sealed class Logins(ITokenProvider tokens, PasswordHasher hasher, LoginLockout? lockout, ILogger log) : IAuthEvents
{
    private const int MaxShown = 256;

    /// <summary>Passwords are checked here: not where other calls are served, and whoever has many checked waits for others.</summary>
    private readonly PasswordWorkers workers = new();

    /// <summary>Checks a password.</summary>
    /// <returns>What it was checked by.</returns>
    /// <exception cref="EtcdException">It is not the user's, or there is no such user; both take the same time.</exception>
    public async ValueTask<UserCredentials> CheckAsync(AuthTable table, string user, string password, CallContext context)
    {
        UserCredentials? credentials = table.CredentialsOf(user);
        string address = context.Caller.Connection?.Host ?? "";
        RefuseIfLockedOut(user, address);
        if (credentials is { HasNoPassword: true })
        {
            log.RefusedLogin(Shown(user), address, EtcdErrors.NoPasswordUser.Message);
            throw EtcdErrors.NoPasswordUser.ToException();
        }

        string source = credentials is null ? address : $"{address} {user}";
        bool isRight = await workers.RunAsync(source, () => Verify(credentials, password), context.Cancellation).ConfigureAwait(false);
        if (!isRight)
        {
            lockout?.Failed(user, address);
            log.RefusedLogin(Shown(user), address, EtcdErrors.AuthenticationFailed.Message);
            throw EtcdErrors.AuthenticationFailed.ToException();
        }

        // What waited for its turn may have been one of very many guesses.
        RefuseIfLockedOut(user, address);
        lockout?.Succeeded(user, address);
        return credentials!.Value;
    }

    /// <summary>The hash of a password that is to be set, in base64.</summary>
    /// <exception cref="EtcdException">It is too long.</exception>
    public async ValueTask<string> HashAsync(AuthIdentity user, string password, CallContext context)
    {
        string source = $"{context.Caller.Connection?.Host} {user.User}";
        return Convert.ToBase64String(
            await workers.RunAsync(source, () => hasher.Hash(password), context.Cancellation).ConfigureAwait(false));
    }

    /// <summary>What a token begins with, for all members; empty where tokens need no such thing.</summary>
    public string NewPrefix() => tokens.NewPrefix() ?? "";

    /// <summary>The token for a user.</summary>
    /// <param name="user">The user.</param>
    /// <param name="revision">The revision of users and roles.</param>
    /// <param name="agreed">The token that all members have noted, where they note tokens.</param>
    /// <exception cref="EtcdException">This member cannot issue any.</exception>
    public string Issue(string user, ulong revision, string agreed) => tokens.Issue(user, revision, agreed);

    /// <inheritdoc/>
    void IAuthEvents.LoggedIn(string token, string user) => tokens.Assign(token, user);

    /// <inheritdoc/>
    void IAuthEvents.Invalidated(string user) => tokens.InvalidateUser(user);

    /// <inheritdoc/>
    void IAuthEvents.Disabled() => tokens.Clear();

    /// <inheritdoc/>
    byte[] IAuthEvents.Hash(string password) => hasher.Hash(password);

    /// <summary>A name for the log: whoever tries to log in chooses it, and it may be as long as a request.</summary>
    private static string Shown(string user)
    {
        int length = user.Length <= MaxShown || !char.IsHighSurrogate(user[MaxShown - 1]) ? MaxShown : MaxShown - 1;
        return user.Length <= MaxShown ? user : string.Concat(user.AsSpan(0, length), "…");
    }

    private bool Verify(UserCredentials? credentials, string password)
    {
        if (credentials is { } known)
        {
            return hasher.Verify(password, known.PasswordHash.Span);
        }

        hasher.VerifyDummy(password);
        return false;
    }

    private void RefuseIfLockedOut(string user, string address)
    {
        if (lockout is not null && lockout.RefusedFor(user, address) is var delay && delay > TimeSpan.Zero)
        {
            log.DelayedLogin(Shown(user), address, delay);
            throw EtcdErrors.AuthenticationFailed.ToException();
        }
    }
}
