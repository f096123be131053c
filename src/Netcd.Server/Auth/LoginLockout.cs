using System.Security.Cryptography;
using System.Text;

namespace Netcd.Server.Auth;

/// <summary>When log-ins are refused.</summary>
/// <param name="MaxFailures">Wrong passwords in a row before the first delay.</param>
/// <param name="Window">Wrong passwords that are further apart do not count together.</param>
/// <param name="FirstDelay">The first delay; each one more doubles it.</param>
/// <param name="MaxDelay">No delay is longer.</param>
internal sealed record LoginLockoutOptions(int MaxFailures, TimeSpan Window, TimeSpan FirstDelay, TimeSpan MaxDelay);

/// <summary>
/// Slows guessing down: after some wrong passwords for a user from an address, that user cannot log in from that address for a while. From
/// others it can, so that nobody can lock a user out.
/// </summary>
/// <remarks>
/// An address is that of the client's machine, without the port, of which a client has as many as it likes. A caller asks before a
/// password is queued for its check, and again where the check begins: what waits in between has then seen the failures of those
/// before it.
/// </remarks>
internal sealed class LoginLockout(LoginLockoutOptions options, TimeProvider clock, int maxEntries = LoginLockout.DefaultMaxEntries)
{
    private const int DefaultMaxEntries = 10_000;

    /// <summary>Doubled more often than this, every delay is over its maximum.</summary>
    private const int MaxDoublings = 40;

    private readonly long start = clock.GetTimestamp();
    private readonly Dictionary<UInt128, LinkedListNode<Entry>> entries = [];

    /// <summary>The one whose last failure is longest ago first.</summary>
    private readonly LinkedList<Entry> order = [];
    private readonly Lock gate = new();

    /// <summary>How many pairs of user and address are known.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return entries.Count;
            }
        }
    }

    /// <summary>For how long log-ins of the user from the address are refused from now; zero where they are not.</summary>
    public TimeSpan RefusedFor(string user, string address)
    {
        UInt128 key = KeyOf(user, address);
        lock (gate)
        {
            TimeSpan left = entries.TryGetValue(key, out LinkedListNode<Entry>? place) ? place.Value.Until - Now() : TimeSpan.Zero;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>A password was wrong.</summary>
    public void Failed(string user, string address)
    {
        UInt128 key = KeyOf(user, address);
        lock (gate)
        {
            Entry entry = Touch(key);
            TimeSpan now = Now();

            // The window begins where the delay ends: whoever waits for it is not forgotten by waiting.
            TimeSpan last = entry.Until > entry.LastFailure ? entry.Until : entry.LastFailure;
            entry.Failures = now - last > options.Window ? 1 : entry.Failures + 1;
            entry.LastFailure = now;
            if (entry.Failures >= options.MaxFailures)
            {
                entry.Until = now + Delay(entry.Failures - options.MaxFailures);
            }
        }
    }

    /// <summary>A password was right: nothing is held against the user at that address any more.</summary>
    public void Succeeded(string user, string address)
    {
        lock (gate)
        {
            if (entries.Remove(KeyOf(user, address), out LinkedListNode<Entry>? place))
            {
                order.Remove(place);
            }
        }
    }

    /// <summary>The time since the start, which nobody can set.</summary>
    private TimeSpan Now() => clock.GetElapsedTime(start);

    private TimeSpan Delay(int doublings)
    {
        double delay = options.FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(doublings, MaxDoublings));
        return delay < options.MaxDelay.TotalSeconds ? TimeSpan.FromSeconds(delay) : options.MaxDelay;
    }

    private Entry Touch(UInt128 key)
    {
        if (entries.TryGetValue(key, out LinkedListNode<Entry>? place))
        {
            order.Remove(place);
            order.AddLast(place);
            return place.Value;
        }

        if (entries.Count >= maxEntries)
        {
            entries.Remove(order.First!.Value.Key);
            order.RemoveFirst();
        }

        Entry entry = new(key, Now());
        entries.Add(key, order.AddLast(entry));
        return entry;
    }

    /// <summary>Of one length, however long names are that somebody makes up.</summary>
    private static UInt128 KeyOf(string user, string address)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{address}\0{user}"));
        return new UInt128(BitConverter.ToUInt64(hash, 0), BitConverter.ToUInt64(hash, sizeof(ulong)));
    }

    private sealed class Entry(UInt128 key, TimeSpan now)
    {
        public UInt128 Key { get; } = key;

        public int Failures { get; set; }

        public TimeSpan LastFailure { get; set; } = now;

        /// <summary>Log-ins are refused until then.</summary>
        public TimeSpan Until { get; set; }
    }
}
