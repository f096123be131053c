using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Network;

/// <summary>How the network behaves at present; faults change it and heal it.</summary>
internal sealed class NetworkConditions
{
    private readonly List<Cut> cuts = [];
    private readonly Dictionary<(ulong From, ulong To), long> slowLinks = [];

    /// <summary>Of a hundred messages, so many are lost.</summary>
    public int LossPercent { get; set; }

    /// <summary>Of a hundred messages, so many arrive twice.</summary>
    public int DuplicatePercent { get; set; }

    /// <summary>Of a hundred messages, so many may be overtaken by later ones.</summary>
    public int ReorderPercent { get; set; }

    /// <summary>Of a hundred snapshots, so many break off in the middle.</summary>
    public int SnapshotCutPercent { get; set; }

    /// <summary>Of a hundred messages, so many come a second time, damaged.</summary>
    public int DamagePercent { get; set; }

    /// <summary>Of a hundred images, so many are damaged.</summary>
    public int ImageDamagePercent { get; set; }

    /// <summary>The least time a message takes, in microseconds.</summary>
    public long LatencyMicroseconds { get; set; } = 200;

    /// <summary>What a message may take beyond that, in microseconds.</summary>
    public long JitterMicroseconds { get; set; } = 800;

    /// <summary>Whether nothing gets from the one to the other.</summary>
    public bool IsCut(ulong from, ulong to)
    {
        foreach (Cut cut in cuts)
        {
            if (cut.From.Contains(from) && cut.To.Contains(to))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Lets nothing pass from the ones to the others; the way back stays open.</summary>
    /// <returns>What heals it.</returns>
    public Action CutOff(IEnumerable<ulong> from, IEnumerable<ulong> to)
    {
        Cut cut = new([.. from], [.. to]);
        cuts.Add(cut);
        return () => cuts.Remove(cut);
    }

    /// <summary>Makes a link slow.</summary>
    /// <returns>What heals it.</returns>
    public Action Slow(ulong from, ulong to, long microseconds)
    {
        slowLinks[(from, to)] = microseconds;
        return () => slowLinks.Remove((from, to));
    }

    /// <summary>How long a message takes now.</summary>
    public long Latency(ulong from, ulong to, SimulationRandom random) =>
        LatencyMicroseconds + random.Between(0, JitterMicroseconds)
        + (slowLinks.TryGetValue((from, to), out long slow) ? random.Between(slow / 2, slow) : 0);

    /// <summary>Everything works again.</summary>
    public void Heal()
    {
        cuts.Clear();
        slowLinks.Clear();
        (LossPercent, DuplicatePercent, ReorderPercent, SnapshotCutPercent, DamagePercent, ImageDamagePercent) = (0, 0, 0, 0, 0, 0);
        (LatencyMicroseconds, JitterMicroseconds) = (200, 800);
    }

    private sealed record Cut(HashSet<ulong> From, HashSet<ulong> To);
}
