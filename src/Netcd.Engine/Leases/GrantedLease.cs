using System.Collections.Immutable;
using Netcd.Engine.Auth;

namespace Netcd.Engine.Leases;

/// <summary>A lease that exists, and the keys attached to it.</summary>
/// <param name="id">Its id; never 0.</param>
/// <param name="ttlSeconds">The time that it was granted for.</param>
/// <remarks>
/// Most leases have one key. More of them stand in a balanced tree: a key comes and goes in O(log n), and a picture of all of them
/// (<see cref="Keys"/>) costs no more than what was changed since the last one, however many there are.
/// </remarks>
internal sealed class GrantedLease(long id, long ttlSeconds)
{
    private static readonly ImmutableSortedSet<byte[]> NoKeys = ImmutableSortedSet.Create<byte[]>(KeyOrder.Instance);

    private byte[]? onlyKey;
    private ImmutableSortedSet<byte[]>.Builder? keys;

    public long Id { get; } = id;

    public long TtlSeconds { get; } = ttlSeconds;

    /// <summary>
    /// What the last checkpoint says of the time that is left, or 0 where the whole time counts: a new leader begins from here.
    /// </summary>
    public long RemainingSeconds { get; set; }

    /// <summary>How many keys are attached.</summary>
    public int KeyCount => keys?.Count ?? (onlyKey is null ? 0 : 1);

    /// <summary>Whether it is gone: who still holds it must let go.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>Who was found to have rights on all its keys; null for nobody yet. No part of the replicated state.</summary>
    public CheckedKeys? Checked { get; set; }

    /// <summary>
    /// When it expires on the clock of the leader, which alone counts (<see cref="LeaseClock"/>). No part of the replicated
    /// state: kept here as a table of its own would cost as much again.
    /// </summary>
    public long DeadlineMilliseconds { get; set; } = long.MaxValue;

    /// <summary>The keys attached, in their order, as they are now: what comes and goes later does not show. For any thread.</summary>
    public ImmutableSortedSet<byte[]> Keys() => keys?.ToImmutable() ?? (onlyKey is null ? NoKeys : NoKeys.Add(onlyKey));

    /// <summary>The same, without a copy where there is one key.</summary>
    public AttachedKeys Attached() => new(onlyKey, keys?.ToImmutable());

    /// <summary>Attaches a key that is attached to no lease.</summary>
    public void Add(byte[] key)
    {
        if (Checked?.TryAdd(key) == false)
        {
            Checked = null;
        }

        if (keys is not null)
        {
            keys.Add(key);
        }
        else if (onlyKey is null)
        {
            onlyKey = key;
        }
        else
        {
            keys = NoKeys.ToBuilder();
            keys.Add(onlyKey);
            keys.Add(key);
            onlyKey = null;
        }
    }

    /// <summary>Detaches a key that is attached to this lease.</summary>
    public void Remove(byte[] key)
    {
        if (keys is null)
        {
            onlyKey = null;
        }
        else
        {
            keys.Remove(key);
            keys = keys.Count == 0 ? null : keys;
        }
    }

    private sealed class KeyOrder : IComparer<byte[]>
    {
        public static KeyOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
