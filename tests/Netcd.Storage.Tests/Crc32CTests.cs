
namespace Netcd.Storage.Tests;

public sealed class Crc32CTests
{
    [Fact]
    public void The_check_value_of_the_polynomial_comes_out() => Assert.Equal(0xE3069283u, Crc32C.Append(0, "123456789"u8));

    [Fact]
    public void Every_length_and_every_cut_gives_the_sum_of_the_bit_by_bit_definition()
    {
        byte[] bytes = new byte[5000];
        new Random(1).NextBytes(bytes);
        uint expected = uint.MaxValue;
        for (int length = 0; length < bytes.Length; length++)
        {
            int cut = length * 7 % (length + 1);
            Assert.Equal(~expected, Crc32C.Append(0, bytes.AsSpan(0, length)));
            Assert.Equal(~expected, Crc32C.Append(Crc32C.Append(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut, length - cut)));
            expected = Step(expected, bytes[length]);
        }
    }

    private static uint Step(uint state, byte value)
    {
        state ^= value;
        for (int bit = 0; bit < 8; bit++)
        {
            state = (state >> 1) ^ ((state & 1) != 0 ? 0x82F63B78u : 0);
        }

        return state;
    }
}
