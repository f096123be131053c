using System.Runtime.InteropServices;
using Netcd.Engine.Mvcc;

namespace Netcd.Engine.Records;

/// <summary>
/// The bytes of one encoded KeyValue, wherever they lie: in an array or in the backend's mapped file. Valid as long as the
/// <see cref="ReadHandle"/> that it was read under.
/// </summary>
public readonly unsafe struct RecordBytes
{
    private readonly byte[]? array;
    private readonly byte* pointer;
    private readonly int length;

    /// <summary>Bytes of an array.</summary>
    public RecordBytes(byte[] array)
    {
        this.array = array;
        length = array.Length;
    }

    /// <summary>Bytes of the mapped file: the span must not lie on the managed heap.</summary>
    public RecordBytes(ReadOnlySpan<byte> mapped)
    {
        pointer = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(mapped));
        length = mapped.Length;
    }

    /// <summary>The length in bytes.</summary>
    public int Length => length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => array is not null ? array : new ReadOnlySpan<byte>(pointer, length);
}
