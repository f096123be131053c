using System.Globalization;
using Google.Protobuf;

namespace Netcd.Load;

/// <summary>The keys and values of the benchmarks: numbered keys of one length under one prefix, so that they sort as they count.</summary>
internal sealed class KeySpace(int keys, int valueSize)
{
    public int Count => keys;

    public static ByteString Start { get; } = ByteString.CopyFromUtf8("bench/");

    /// <summary>The first key after the prefix: '0' follows '/'.</summary>
    public static ByteString End { get; } = ByteString.CopyFromUtf8("bench0");

    public static ByteString Key(int number) =>
        ByteString.CopyFromUtf8("bench/" + number.ToString("D12", CultureInfo.InvariantCulture));

    /// <summary>Bytes that do not compress, alike at each run.</summary>
    public ByteString Value(Random random)
    {
        byte[] value = new byte[valueSize];
        random.NextBytes(value);
        return UnsafeByteOperations.UnsafeWrap(value);
    }
}
