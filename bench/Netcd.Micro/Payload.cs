using System.Buffers.Binary;
using System.Text;

namespace Netcd.Micro;

/// <summary>Keys and values of the sizes that clients have.</summary>
internal static class Payload
{
    /// <summary>Bytes of a value.</summary>
    public const int ValueBytes = 256;

    /// <summary>A value whose bytes a seed decides.</summary>
    public static byte[] Value(int seed = 1, int bytes = ValueBytes)
    {
        byte[] value = new byte[bytes];
        new Random(seed).NextBytes(value);
        return value;
    }

    /// <summary>The number after this one in a sequence without order, so that one key or record after another is asked for.</summary>
    public static uint Next(uint number) => unchecked((number * 1_664_525u) + 1_013_904_223u);

    /// <summary>A key as applications have them, with a common prefix; neighbours in number are not neighbours in order.</summary>
    public static byte[] Key(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)number * 2_654_435_761u);
        return Encoding.UTF8.GetBytes("/registry/things/" + Convert.ToHexStringLower(bytes));
    }
}
