using System.Buffers.Binary;

namespace Netcd.Fuzzing;

/// <summary>Makes inputs out of valid ones, by seed.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> words)
{
    private const int MostBytes = 1 << 20;

    private static readonly long[] Edges =
        [0, 1, -1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, int.MaxValue,
            int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40];

    private readonly Random random = new(seed);

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        List<byte> bytes = [.. Pick(seeds)];
        for (int left = 1 + random.Next(random.Next(2) == 0 ? 3 : 12); left > 0; left--)
        {
            Mutate(bytes);
        }

        return bytes.Count > MostBytes ? [.. bytes.Take(MostBytes)] : [.. bytes];
    }

    private void Mutate(List<byte> bytes)
    {
        switch (random.Next(10))
        {
            case 0 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
                break;
            case 2:
                Insert(bytes, Noise(1 + random.Next(8)));
                break;
            case 3:
                Remove(bytes);
                break;
            case 4 when bytes.Count > 0:
                Insert(bytes, Piece(bytes));
                break;
            case 5:
                Insert(bytes, Piece(Pick(seeds)));
                break;
            case 6 when bytes.Count > 8:
                Overwrite(bytes, Piece(bytes));
                break;
            case 7:
                Overwrite(bytes, Edge());
                break;
            case 8 when words.Count > 0:
                Insert(bytes, Pick(words));
                break;
            default:
                Insert(bytes, Varint((ulong)Pick(Edges)));
                break;
        }
    }

    private T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    private byte[] Noise(int count)
    {
        byte[] noise = new byte[count];
        random.NextBytes(noise);
        return noise;
    }

    private byte[] Piece(IReadOnlyList<byte> bytes)
    {
        int from = random.Next(bytes.Count + 1);
        int count = random.Next(Math.Min(64, bytes.Count - from) + 1);
        return [.. bytes.Skip(from).Take(count)];
    }

    private byte[] Edge()
    {
        byte[] edge = new byte[8];
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(edge, Pick(Edges));
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(edge, Pick(Edges));
        }

        int width = 1 << random.Next(4);
        return random.Next(2) == 0 ? edge[..width] : edge[^width..];
    }

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value > 0x7f; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private void Insert(List<byte> bytes, byte[] piece) => bytes.InsertRange(random.Next(bytes.Count + 1), piece);

    private void Remove(List<byte> bytes)
    {
        int from = random.Next(bytes.Count + 1);
        int most = bytes.Count - from;
        bytes.RemoveRange(from, random.Next(8) == 0 ? most : Math.Min(most, random.Next(17)));
    }

    private void Overwrite(List<byte> bytes, byte[] piece)
    {
        int at = random.Next(bytes.Count + 1);
        for (int i = 0; i < piece.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = piece[i];
        }
    }
}
