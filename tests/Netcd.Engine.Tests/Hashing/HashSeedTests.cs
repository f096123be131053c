using System.Buffers.Binary;
using Netcd.Engine.Hashing;
using Netcd.Raft;

namespace Netcd.Engine.Tests.Hashing;

/// <summary>The hash of tables that clients fill.</summary>
public sealed class HashSeedTests
{
    private const int Count = 20_000;

    /// <summary>Each kind of ids and keys that a client may think of, which meet where the hash is a mere sum of its parts.</summary>
    public static TheoryData<string, Func<int, long>> Patterns { get; } = new()
    {
        { "both halves alike", static n => ((long)n << 32) | (uint)n },
        { "ascending", static n => n },
        { "multiples of a prime that tables have for a size", static n => n * 25_717L },
        { "high bits alone", static n => (long)n << 40 },
        { "top bits of both halves", static n => ((long)n << 48) | ((long)n << 16) },
        { "negative", static n => long.MinValue + n },
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Numbers_of_a_pattern_spread_as_if_by_chance(string pattern, Func<int, long> number)
    {
        HashSeed seed = new(0x0123456789abcdef, 0xfedcba9876543210);
        Dictionary<long, int> table = new(new IdComparer(seed));
        Dictionary<byte[], int> keys = new(new KeyComparer(seed));
        byte[] bytes = new byte[sizeof(long)];
        for (int n = 0; n < Count; n++)
        {
            table.Add(number(n), n);
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number(n));
            keys.Add(bytes.ToArray(), n);
        }

        Assert.InRange(HashChains.Longest(table), 1, 14);
        Assert.InRange(HashChains.Longest(keys), 1, 14);
        Assert.NotEmpty(pattern);
    }

    [Fact]
    public void Keys_of_zeros_differ_by_their_length_and_each_byte_counts()
    {
        HashSeed seed = new(1, 2);
        HashSet<int> seen = [];
        for (int length = 0; length < 200; length++)
        {
            byte[] key = new byte[length];
            Assert.True(seen.Add(seed.Hash(key)), $"{length} zeros");
            for (int at = 0; at < length; at++)
            {
                key[at] = 1;
                Assert.NotEqual(seed.Hash(new byte[length]), seed.Hash(key));
                key[at] = 0;
            }
        }
    }

    [Fact]
    public void What_meets_under_one_seed_does_not_under_another()
    {
        HashSeed seed = HashSeed.Draw(new SeededGenerator(1).Next);
        HashSeed other = HashSeed.Draw(new SeededGenerator(2).Next);
        const int Buckets = 4_096;
        long[] meeting = [.. Enumerable.Range(0, 1_000_000).Select(static n => (long)n).Where(n => (uint)seed.Hash(n) % Buckets == 7)];
        int most = meeting.GroupBy(n => (uint)other.Hash(n) % Buckets).Max(static bucket => bucket.Count());
        Assert.InRange(meeting.Length, 100, 400);
        Assert.InRange(most, 1, 6);
    }

    [Fact]
    public void A_draw_uses_all_bits()
    {
        SeededGenerator random = new(3);
        ulong ones = 0;
        ulong zeros = 0;
        for (int i = 0; i < 200; i++)
        {
            HashSeed seed = HashSeed.Draw(random.Next);
            ones |= seed.First & seed.Second;
            zeros |= ~(seed.First | seed.Second);
        }

        Assert.Equal((ulong.MaxValue, ulong.MaxValue), (ones, zeros));
    }
}
