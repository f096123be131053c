using System.Globalization;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// What a lease promises: it does not end before its time has passed since the last keep-alive that was answered was sent, and it
/// ends in bounded time once nobody keeps it alive. For machines whose clocks go alike: where they do not, the promise is theirs.
/// </summary>
/// <param name="time">The simulation's time.</param>
/// <param name="clocksGoAlike">Whether the members' clocks go as the simulation's does.</param>
internal sealed class LeaseRules(VirtualTime time, bool clocksGoAlike = true)
{
    private const string Name = "leases";

    private readonly Dictionary<long, Life> lives = [];

    /// <summary>Leases whose end the leader decided, and the log has agreed to.</summary>
    public int Expired { get; private set; }

    /// <summary>Keep-alives that were answered.</summary>
    public int Renewals { get; private set; }

    /// <summary>Leases that exist by the committed log.</summary>
    public IEnumerable<long> Existing =>
        lives.Where(static life => life.Value is { IsGranted: true, RevokedAt: null }).Select(static life => life.Key);

    /// <summary>An owner has asked for a lease.</summary>
    public void Asked(long id, long ttl) => lives[id] = new Life { Ttl = ttl };

    /// <summary>An owner is about to revoke its lease.</summary>
    public void Revoking(long id) => lives[id].IsGivenUp = true;

    /// <summary>A lease was granted by an entry that is committed now.</summary>
    public void Granted(long id)
    {
        if (lives.TryGetValue(id, out Life? life))
        {
            life.IsGranted = true;
            life.Until = Math.Max(life.Until, time.Now + (life.Ttl * VirtualTime.Second));
        }
    }

    /// <summary>A lease was revoked by an entry that is committed now.</summary>
    public void Revoked(long id)
    {
        if (!lives.TryGetValue(id, out Life? life))
        {
            return;
        }

        life.RevokedAt = time.Now;
        if (!life.IsGivenUp)
        {
            Expired++;
            Check(id, life);
        }
    }

    /// <summary>An owner was answered that its lease has so much time from when it asked.</summary>
    public void Renewed(long id, long ttl, long sent)
    {
        Renewals++;
        Life life = lives[id];
        if (ttl != life.Ttl)
        {
            throw new ViolationException(
                Name, string.Create(CultureInfo.InvariantCulture, $"lease {id} was granted for {life.Ttl} s and renewed for {ttl} s"));
        }

        life.Until = Math.Max(life.Until, sent + (ttl * VirtualTime.Second));
        Check(id, life);
    }

    private void Check(long id, Life life)
    {
        // A clock in milliseconds cuts off what is below one, where it begins to count and where it ends.
        if (clocksGoAlike && !life.IsGivenUp && life.RevokedAt < life.Until - (2 * VirtualTime.Millisecond))
        {
            throw new ViolationException(Name, string.Create(
                CultureInfo.InvariantCulture,
                $"lease {id} was revoked at {life.RevokedAt} µs, and its owner was promised that it lives until {life.Until} µs"));
        }
    }

    private sealed class Life
    {
        public long Ttl { get; init; }

        public bool IsGranted { get; set; }

        public bool IsGivenUp { get; set; }

        public long Until { get; set; }

        public long? RevokedAt { get; set; }
    }
}
