using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Netcd.Server.Auth;

/// <summary>A token that is known, in a <see cref="TokenTable{T}"/>.</summary>
internal abstract class TokenEntry
{
    private long lastUsed;

    protected TokenEntry(string token, long now)
    {
        Token = token;
        lastUsed = now;
        QueuedAt = now;
    }

    public string Token { get; }

    /// <summary>When it was last used, in whatever unit its owner counts time.</summary>
    public long LastUsed => Volatile.Read(ref lastUsed);

    /// <summary><see cref="LastUsed"/> when it took its place in the order of eviction; the table's.</summary>
    public long QueuedAt { get; set; }

    /// <summary>Its place in the order of eviction; null where it is not in the table. The table's.</summary>
    public LinkedListNode<TokenEntry>? Place { get; set; }

    public void Use(long now) => Volatile.Write(ref lastUsed, now);
}

/// <summary>
/// Tokens by their text, with a bound: where there are too many, one that was not used for long leaves. Finding one takes no lock and
/// changes nothing, so that a sender of made-up tokens costs a lookup.
/// </summary>
/// <remarks>
/// Exact order of use would need a write to shared state at each use. So tokens queue in the order in which they came, and the one that
/// is to leave is the least recently used of those up to the first that was not used since it queued; the others go to the end.
/// </remarks>
internal sealed class TokenTable<T>(int maxCount)
    where T : TokenEntry
{
    /// <summary>How many are looked at for one that leaves: a bound for the time that the lock is held, some 20 µs. It is reached where as
    /// many tokens in a row were used since they queued.</summary>
    private const int MaxCandidates = 1_024;

    private readonly ConcurrentDictionary<string, T> entries = new(StringComparer.Ordinal);
    private readonly LinkedList<TokenEntry> order = [];
    private readonly Lock gate = new();

    public bool TryGet(string token, [NotNullWhen(true)] out T? entry) => entries.TryGetValue(token, out entry);

    /// <summary>Adds a token, in place of an entry of the same text.</summary>
    /// <returns>Whether another one had to leave.</returns>
    public bool Add(T entry)
    {
        lock (gate)
        {
            if (entries.TryGetValue(entry.Token, out T? same))
            {
                Drop(same);
            }

            bool isFull = order.Count >= maxCount;
            if (isFull)
            {
                Drop(LeastRecentlyUsed());
            }

            entry.Place = order.AddLast(entry);
            entries[entry.Token] = entry;
            return isFull;
        }
    }

    public void Remove(T entry)
    {
        lock (gate)
        {
            Drop(entry);
        }
    }

    /// <summary>Removes all that are over. The lock is held for one at a time.</summary>
    public void RemoveWhere(Func<T, bool> isOver)
    {
        foreach (KeyValuePair<string, T> pair in entries)
        {
            if (isOver(pair.Value))
            {
                Remove(pair.Value);
            }
        }
    }

    public int Count()
    {
        lock (gate)
        {
            return order.Count;
        }
    }

    private void Drop(TokenEntry entry)
    {
        if (entry.Place is { } place)
        {
            order.Remove(place);
            entry.Place = null;
            entries.TryRemove(entry.Token, out _);
        }
    }

    private TokenEntry LeastRecentlyUsed()
    {
        TokenEntry found = order.First!.Value;
        long oldest = long.MaxValue;
        for (int candidates = Math.Min(MaxCandidates, order.Count); candidates > 0; candidates--)
        {
            LinkedListNode<TokenEntry> place = order.First!;
            TokenEntry entry = place.Value;
            long used = entry.LastUsed;
            if (used < oldest)
            {
                (found, oldest) = (entry, used);
            }

            if (used == entry.QueuedAt)
            {
                break;
            }

            entry.QueuedAt = used;
            order.Remove(place);
            order.AddLast(place);
        }

        return found;
    }
}
