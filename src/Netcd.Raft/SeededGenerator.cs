namespace Netcd.Raft;

/// <summary>A small generator of random numbers (SplitMix64): the same seed gives the same numbers on every platform.</summary>
public sealed class SeededGenerator(ulong seed)
{
    private ulong state = seed;

    /// <summary>A number from 0 to before <paramref name="bound"/>, which is at least 1.</summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        state += 0x9e3779b97f4a7c15;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        mixed ^= mixed >> 31;
        return (int)(((UInt128)mixed * (ulong)bound) >> 64);
    }
}
