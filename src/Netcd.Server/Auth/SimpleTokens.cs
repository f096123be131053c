using System.Globalization;
using System.Security.Cryptography;

namespace Netcd.Server.Auth;

/// <summary>
/// etcd's simple tokens: random letters and the index of the log's entry that made them, kept in memory by each member. A token expires
/// when it was not used for a while.
/// </summary>
/// <remarks>etcd keeps as many tokens as are asked for (#22337); here one that was not used for long leaves where there are too many.
/// </remarks>
internal sealed class SimpleTokens : ITokenProvider
{
    /// <summary>As many as this are kept: some 30 MB.</summary>
    public const int DefaultMaxTokens = 100_000;

    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const int PrefixLength = 16;

    /// <summary>Far more than a prefix, a dot and an index.</summary>
    private const int MaxLength = 256;

    private static readonly TimeSpan DefaultTtl = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Longer than any use of a server; the arithmetic on times has room for it.</summary>
    private static readonly TimeSpan MaxTtl = TimeSpan.FromDays(36_500);

    private readonly TimeProvider clock;
    private readonly CoarseClock coarse;
    private readonly int maxTokens;
    private readonly long ttl;
    private readonly long renewal;
    private readonly ITimer sweeps;
    private readonly Lock gate = new();
    private volatile State state;
    private long evictions;

    /// <param name="ttl">How long a token lives after its last use; the default of 5 minutes where it is not positive, as in etcd.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="maxTokens">More than this are not kept.</param>
    public SimpleTokens(TimeSpan ttl, TimeProvider clock, int maxTokens = DefaultMaxTokens)
    {
        TimeSpan lifetime = ttl <= TimeSpan.Zero ? DefaultTtl : ttl < MaxTtl ? ttl : MaxTtl;
        this.clock = clock;
        coarse = new CoarseClock(clock);
        this.maxTokens = maxTokens;
        state = new State(maxTokens);

        // A token in use is marked as used now and then, so that threads that use the same one do not fight for its memory. Its life is
        // longer by as much, and by what the clock may be late: it is never shorter than was asked for.
        renewal = Math.Min(clock.TimestampFrequency / 4, (long)(lifetime.TotalSeconds * clock.TimestampFrequency / 64));
        this.ttl = (long)((lifetime + CoarseClock.Period).TotalSeconds * clock.TimestampFrequency) + renewal;
        sweeps = clock.CreateTimer(static tokens => ((SimpleTokens)tokens!).Sweep(), this, SweepPeriod, SweepPeriod);
    }

    /// <inheritdoc/>
    public bool IsIssuing => true;

    /// <summary>How many tokens are kept.</summary>
    public int Count => state.Tokens.Count();

    /// <summary>Tokens that had to leave before their time, since the start.</summary>
    public long Evictions => Interlocked.Read(ref evictions);

    /// <summary>The index of the entry that made a token of this kind: a member that has not applied it yet cannot know the token.
    /// </summary>
    public static bool TryReadIndex(ReadOnlySpan<char> token, out ulong index)
    {
        index = 0;
        int dot = token.IndexOf('.');
        return token.Length <= MaxLength && dot >= 0
            && ulong.TryParse(token[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    /// <inheritdoc/>
    public string NewPrefix() => RandomNumberGenerator.GetString(Letters, PrefixLength);

    /// <inheritdoc/>
    public string Issue(string user, ulong revision, string? prefixedToken)
    {
        ArgumentNullException.ThrowIfNull(prefixedToken);
        return prefixedToken;
    }

    /// <inheritdoc/>
    public bool TryIdentify(string token, ulong currentRevision, out TokenIdentity identity)
    {
        identity = default;
        if (token.Length > MaxLength || !state.Tokens.TryGet(token, out Entry? entry))
        {
            return false;
        }

        long now = coarse.Timestamp;
        long idle = now - entry.LastUsed;
        if (entry.User.IsInvalidated || idle > ttl)
        {
            return false;
        }

        if (idle > renewal)
        {
            entry.Use(now);
        }

        identity = new TokenIdentity(entry.User.Name, currentRevision);
        return true;
    }

    /// <inheritdoc/>
    public void Assign(string token, string user)
    {
        if (token.Length > MaxLength)
        {
            return;
        }

        lock (gate)
        {
            if (!state.Users.TryGetValue(user, out TokenUser? owner))
            {
                state.Users[user] = owner = new TokenUser(user);
            }

            if (state.Tokens.Add(new Entry(token, owner, clock.GetTimestamp())))
            {
                Interlocked.Increment(ref evictions);
            }
        }
    }

    /// <inheritdoc/>
    public void InvalidateUser(string user)
    {
        lock (gate)
        {
            if (state.Users.Remove(user, out TokenUser? owner))
            {
                owner.IsInvalidated = true;
            }
        }
    }

    /// <inheritdoc/>
    public void Clear()
    {
        lock (gate)
        {
            state = new State(maxTokens);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sweeps.Dispose();
        coarse.Dispose();
    }

    private void Sweep()
    {
        long now = clock.GetTimestamp();
        state.Tokens.RemoveWhere(entry => entry.User.IsInvalidated || now - entry.LastUsed > ttl);
    }

    /// <summary>All there is, so that it can end at once.</summary>
    private sealed class State(int maxTokens)
    {
        public TokenTable<Entry> Tokens { get; } = new(maxTokens);

        /// <summary>Those who have had tokens. There are no more of them than users: whoever is deleted is invalidated.</summary>
        public Dictionary<string, TokenUser> Users { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Entry(string token, TokenUser user, long now) : TokenEntry(token, now)
    {
        public TokenUser User { get; } = user;
    }

    private sealed class TokenUser(string name)
    {
        private volatile bool isInvalidated;

        public string Name { get; } = name;

        public bool IsInvalidated
        {
            get => isInvalidated;
            set => isInvalidated = value;
        }
    }
}
