namespace Netcd.Simulation.Scheduling;

/// <summary>
/// The simulation's one source of chance (SplitMix64, Steele et al. 2014): a seed gives the same numbers on every run and
/// platform. Parts draw from branches of it, so that one which draws more or less does not change the others' luck.
/// </summary>
internal sealed class SimulationRandom
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private readonly ulong seed;
    private ulong state;

    public SimulationRandom(ulong seed) => this.seed = state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong mixed = state += Gamma;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 up to, but not including, the limit.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>From the first to the last, both included.</summary>
    public long Between(long first, long last) => first + (long)(Next() % (ulong)(last - first + 1));

    /// <summary>True so many times out of a hundred.</summary>
    public bool Percent(int percent) => Below(100) < percent;

    /// <summary>Waits of that mean as they lie between independent events.</summary>
    public long Exponential(long mean)
    {
        double uniform = ((Next() >> 11) + 1) * (1.0 / (1UL << 53));
        return (long)(-Math.Log(uniform) * mean);
    }

    /// <summary>One of them.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>A source of its own for a part of the simulation.</summary>
    public SimulationRandom Branch(string part)
    {
        ulong mixed = seed;
        foreach (char letter in part)
        {
            mixed = (mixed ^ letter) * 0x100000001B3;
        }

        return new SimulationRandom(new SimulationRandom(mixed).Next());
    }
}
