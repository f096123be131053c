using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>A file's bytes read forward through one buffer, which grows to the largest piece asked for and never beyond the file.</summary>
internal sealed class SegmentWindow(IDiskFile file)
{
    private const int ChunkBytes = 256 * 1024;

    private byte[] buffer = [];
    private long start;
    private int count;

    public long Length { get; } = file.Length;

    /// <summary>The bytes at the offset, fewer than asked only at the end of the file; valid until the next call.</summary>
    public ReadOnlySpan<byte> Read(long offset, long length)
    {
        int wanted = (int)Math.Clamp(Length - offset, 0, length);
        if (wanted == 0)
        {
            return [];
        }

        if (offset < start || offset + wanted > start + count)
        {
            Fill(offset, wanted);
        }

        return buffer.AsSpan((int)(offset - start), Math.Min(wanted, (int)(start + count - offset)));
    }

    /// <summary>Where the last byte that is not zero ends, from the offset on; the offset itself where all are zero.</summary>
    public long EndOfContent(long offset)
    {
        long end = offset;
        for (long at = offset; at < Length; at += ChunkBytes)
        {
            ReadOnlySpan<byte> chunk = Read(at, ChunkBytes);
            int last = chunk.LastIndexOfAnyExcept((byte)0);
            end = last < 0 ? end : at + last + 1;
        }

        return end;
    }

    /// <summary>Whether all of the file's bytes in the range are zero.</summary>
    public bool IsZero(long offset, long end)
    {
        end = Math.Min(end, Length);
        for (long at = offset; at < end; at += ChunkBytes)
        {
            if (Read(at, Math.Min(ChunkBytes, end - at)).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }

    private void Fill(long offset, int wanted)
    {
        int size = (int)Math.Min(Math.Max(wanted, ChunkBytes), Length - offset);
        if (buffer.Length < size)
        {
            buffer = new byte[size];
        }

        start = offset;
        count = file.ReadAt(offset, buffer.AsSpan(0, size));
    }
}
