namespace Netcd.Testing.Disk;

/// <summary>Deterministic choices from a seed (SplitMix64, Steele et al. 2014): the same on every run and platform.</summary>
internal struct SimulatedDiskRandom(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        ulong mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 up to, but not including, the limit.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);
}
