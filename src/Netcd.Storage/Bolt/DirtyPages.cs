using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>The pages that a commit writes, collected in large buffers and written in as few calls as their places allow.</summary>
internal sealed class DirtyPages
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Chunks kept for the next commit.</summary>
    private const int MaxKeptChunks = 8;

    private readonly List<byte[]> chunks = [];
    private readonly List<Entry> entries = [];
    private readonly List<ReadOnlyMemory<byte>> run = [];
    private int chunk;
    private int offset;

    /// <summary>Room for a page of that many bytes with its overflow; what stood there before is still in it.</summary>
    public Span<byte> Add(ulong firstPage, int bytes)
    {
        if (bytes > ChunkBytes)
        {
            byte[] own = new byte[bytes];
            entries.Add(new Entry(firstPage, own));
            return own;
        }

        if (offset + bytes > ChunkBytes)
        {
            chunk++;
            offset = 0;
        }

        if (chunk == chunks.Count)
        {
            chunks.Add(new byte[ChunkBytes]);
        }

        Memory<byte> memory = chunks[chunk].AsMemory(offset, bytes);
        offset += bytes;
        entries.Add(new Entry(firstPage, memory));
        return memory.Span;
    }

    public void Write(IDiskFile file, int pageSize)
    {
        entries.Sort(static (a, b) => a.FirstPage.CompareTo(b.FirstPage));
        for (int i = 0; i < entries.Count;)
        {
            ulong first = entries[i].FirstPage;
            ulong next = first;
            run.Clear();
            for (; i < entries.Count && entries[i].FirstPage == next; i++)
            {
                run.Add(entries[i].Bytes);
                next += (ulong)(entries[i].Bytes.Length / pageSize);
            }

            long at = (long)first * pageSize;
            if (run.Count == 1)
            {
                file.WriteAt(at, run[0].Span);
            }
            else
            {
                file.WriteAt(at, run);
            }
        }
    }

    public void Reset()
    {
        entries.Clear();
        run.Clear();
        chunk = 0;
        offset = 0;
        if (chunks.Count > MaxKeptChunks)
        {
            chunks.RemoveRange(MaxKeptChunks, chunks.Count - MaxKeptChunks);
        }
    }

    private readonly record struct Entry(ulong FirstPage, ReadOnlyMemory<byte> Bytes);
}
