using Netcd.Engine.Auth;
using Netcd.Server.Auth;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Members;

/// <summary>
/// The tokens that a member knows in one life: those of the server itself, on the clock of the member's machine, and beside them what is
/// to be expected of each.
/// </summary>
internal sealed class SimulatedTokens(string name, TimeSpan ttl, TimeProvider clock, Func<AuthTable> users) : IAuthEvents, IDisposable
{
    private const string Checker = "tokens";

    /// <summary>How much longer a token may live: by how late the clock is that it is measured with, and by how seldom its use is noted.
    /// </summary>
    private readonly TimeSpan grace = CoarseClock.Period + (ttl / 64);

    private readonly Dictionary<string, Expected> expected = [];
    private SimpleTokens? tokens;
    private AuthTable? seen;
    private ITimer? ticks;

    /// <summary>The time as of the last tick of the clock that the server looks at: a machine that was suspended has not had one since.
    /// </summary>
    private long tick;

    /// <summary>Whose token it is; null where it is not known any more.</summary>
    public string? Find(string token)
    {
        bool isFound = tokens?.TryIdentify(token, 1, out _) == true;
        if (!expected.TryGetValue(token, out Expected? known))
        {
            return isFound ? throw Wrong("knows a token that nobody was given, or that has ended") : null;
        }

        if (!isFound)
        {
            return clock.GetElapsedTime(known.LastUsed) > ttl
                ? Ended(token)
                : throw Wrong($"has forgotten a token of {known.User} within its time");
        }

        if (clock.GetElapsedTime(known.LastUsed, tick) > ttl + grace)
        {
            throw Wrong($"knows a token of {known.User} that was not used for {clock.GetElapsedTime(known.LastUsed, tick)}");
        }

        known.LastUsed = Math.Max(known.LastUsed, tick);
        return known.User;
    }

    /// <summary>The member has done a step: where users have changed, no token of theirs is known any more. Whoever takes a right away must
    /// be able to rely on it once the member has applied it, whichever token is shown then, and by whom.</summary>
    public void Stepped()
    {
        AuthTable current = users();
        if (current == seen)
        {
            return;
        }

        seen = current;
        foreach ((string token, Expected known) in expected)
        {
            bool isUnchanged = current.CredentialsOf(known.User) is { } now && now.PasswordHash.Span.SequenceEqual(known.Password);
            if (!isUnchanged && tokens!.TryIdentify(token, 1, out _))
            {
                throw Wrong($"knows a token of {known.User}, who was deleted or has another password");
            }
        }
    }

    /// <inheritdoc/>
    public void LoggedIn(string token, string user)
    {
        if (tokens is null)
        {
            tokens = new SimpleTokens(ttl, clock);
            tick = clock.GetTimestamp();
            ticks = clock.CreateTimer(_ => tick = clock.GetTimestamp(), null, CoarseClock.Period, CoarseClock.Period);
        }

        tokens.Assign(token, user);
        expected[token] = new Expected(user, users().CredentialsOf(user)!.Value.PasswordHash.ToArray(), clock.GetTimestamp());
    }

    /// <inheritdoc/>
    public void Invalidated(string user)
    {
        tokens?.InvalidateUser(user);
        foreach (string token in expected.Where(token => token.Value.User == user).Select(static token => token.Key).ToArray())
        {
            expected.Remove(token);
        }
    }

    /// <inheritdoc/>
    public void Disabled()
    {
        tokens?.Clear();
        expected.Clear();
    }

    /// <inheritdoc/>
    public byte[] Hash(string password) => throw new NotSupportedException("no member of these clusters writes passwords in clear");

    /// <inheritdoc/>
    public void Dispose()
    {
        ticks?.Dispose();
        tokens?.Dispose();
    }

    private string? Ended(string token)
    {
        expected.Remove(token);
        return null;
    }

    private ViolationException Wrong(string what) => new(Checker, $"{name} {what}");

    private sealed class Expected(string user, byte[] password, long now)
    {
        public string User { get; } = user;

        public byte[] Password { get; } = password;

        public long LastUsed { get; set; } = now;
    }
}
