using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;

namespace Netcd.Micro;

/// <summary>Work that no change of netcd makes faster or slower: it says how fast the machine is just now.</summary>
public class Yardstick
{
    internal const string Name = nameof(Yardstick) + "." + nameof(Work);

    private const int Numbers = 512;
    private readonly int[] unsorted = new int[Numbers];
    private readonly int[] numbers = new int[Numbers];
    private readonly byte[] sum = new byte[SHA256.HashSizeInBytes];

    [GlobalSetup]
    public void Draw()
    {
        Random random = new(1);
        for (int i = 0; i < Numbers; i++)
        {
            unsorted[i] = random.Next();
        }
    }

    [Benchmark(Description = "the yardstick: 512 numbers copied, sorted and summed up, 32 bytes hashed")]
    public int Work()
    {
        unsorted.CopyTo(numbers, 0);
        Array.Sort(numbers);
        SHA256.HashData(sum, sum);
        int total = sum[0];
        foreach (int number in numbers)
        {
            total = unchecked((total * 31) + number);
        }

        return total;
    }
}
