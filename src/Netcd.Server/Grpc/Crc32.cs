namespace Netcd.Server.Grpc;

/// <summary>The sum that stands behind data in gzip's format (RFC 1952, section 8).</summary>
internal static class Crc32
{
    private const uint ReversedPolynomial = 0xedb88320;

    private static readonly uint[] Table = MakeTable();

    /// <summary>The sum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum = Table[(byte)(sum ^ value)] ^ (sum >> 8);
        }

        return ~sum;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint value = 0; value < table.Length; value++)
        {
            uint sum = value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ ReversedPolynomial;
            }

            table[value] = sum;
        }

        return table;
    }
}
