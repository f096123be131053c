using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Netcd.Engine.Hashing;

/// <summary>
/// The secret that a member's hash tables begin with: SipHash-1-3, so that who chooses keys, lease ids or watch ids cannot choose
/// ones that meet in a table. Members have different seeds, so nothing that they must agree on may depend on one.
/// </summary>
/// <param name="First">One half of the key.</param>
/// <param name="Second">The other half.</param>
public readonly record struct HashSeed(ulong First, ulong Second)
{
    private const int HalfBits = 30;
    private const ulong Start0 = 0x736f6d6570736575;
    private const ulong Start1 = 0x646f72616e646f6d;
    private const ulong Start2 = 0x6c7967656e657261;
    private const ulong Start3 = 0x7465646279746573;

    /// <summary>Draws a seed.</summary>
    /// <param name="random">A number from 0 to below the argument; it cannot be foreseen from outside.</param>
    public static HashSeed Draw(Func<int, int> random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new HashSeed(Word(random), Word(random));
    }

    /// <summary>The hash of a number.</summary>
    internal int Hash(long number)
    {
        ulong v0 = First ^ Start0;
        ulong v1 = Second ^ Start1;
        ulong v2 = First ^ Start2;
        ulong v3 = Second ^ Start3 ^ (ulong)number;
        Round(ref v0, ref v1, ref v2, ref v3);
        return End(v0 ^ (ulong)number, v1, v2, v3);
    }

    /// <summary>The hash of a key.</summary>
    internal int Hash(ReadOnlySpan<byte> key)
    {
        ulong v0 = First ^ Start0;
        ulong v1 = Second ^ Start1;
        ulong v2 = First ^ Start2;
        ulong v3 = Second ^ Start3;
        ReadOnlySpan<byte> rest = key;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(rest);
            v3 ^= word;
            Round(ref v0, ref v1, ref v2, ref v3);
            v0 ^= word;
        }

        // The length in the last word's top byte, as SipHash has it: keys of zeros of different lengths differ.
        ulong last = (ulong)key.Length << 56;
        for (int i = 0; i < rest.Length; i++)
        {
            last |= (ulong)rest[i] << (8 * i);
        }

        v3 ^= last;
        Round(ref v0, ref v1, ref v2, ref v3);
        return End(v0 ^ last, v1, v2, v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int End(ulong v0, ulong v1, ulong v2, ulong v3)
    {
        v2 ^= 0xff;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        ulong hash = v0 ^ v1 ^ v2 ^ v3;
        return (int)(hash ^ (hash >> 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v2 += v3;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 = BitOperations.RotateLeft(v2, 32);
    }

    private static ulong Word(Func<int, int> random) =>
        ((ulong)random(1 << HalfBits) << 34) ^ ((ulong)random(1 << HalfBits) << 17) ^ (ulong)random(1 << HalfBits);
}
