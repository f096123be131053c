namespace Netcd.Engine.Hashing;

/// <summary>Compares ids that clients choose, with a hash that is secret.</summary>
internal sealed class IdComparer(HashSeed seed) : IEqualityComparer<long>
{
    public bool Equals(long x, long y) => x == y;

    public int GetHashCode(long obj) => seed.Hash(obj);
}
