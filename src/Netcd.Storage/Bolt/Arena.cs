using System.Runtime.InteropServices;

namespace Netcd.Storage.Bolt;

/// <summary>
/// Keys and values of a write transaction until they are on pages: chunks of native memory, so that a put costs no object
/// and elements may point at them as they point into the mapping. Given back all at once.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Chunks kept for the next transaction: room for a usual batch (10,000 records of a few hundred bytes).</summary>
    private const int MaxKeptChunks = 8;

    private readonly Stack<nint> kept = new();
    private readonly List<nint> used = [];
    private readonly List<nint> large = [];
    private byte* next;
    private int room;

    ~Arena() => Free();

    public byte* Store(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        byte* at = Take(first.Length + second.Length);
        first.CopyTo(new Span<byte>(at, first.Length));
        second.CopyTo(new Span<byte>(at + first.Length, second.Length));
        return at;
    }

    public byte* Take(int count)
    {
        if (count > room)
        {
            if (count > ChunkBytes / 4)
            {
                byte* own = (byte*)NativeMemory.Alloc((nuint)count);
                large.Add((nint)own);
                return own;
            }

            next = kept.TryPop(out nint chunk) ? (byte*)chunk : (byte*)NativeMemory.Alloc(ChunkBytes);
            used.Add((nint)next);
            room = ChunkBytes;
        }

        byte* at = next;
        next += count;
        room -= count;
        return at;
    }

    /// <summary>Forgets all that was stored.</summary>
    public void Reset()
    {
        foreach (nint chunk in used)
        {
            if (kept.Count < MaxKeptChunks)
            {
                kept.Push(chunk);
            }
            else
            {
                NativeMemory.Free((void*)chunk);
            }
        }

        foreach (nint chunk in large)
        {
            NativeMemory.Free((void*)chunk);
        }

        used.Clear();
        large.Clear();
        room = 0;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        Reset();
        while (kept.TryPop(out nint chunk))
        {
            NativeMemory.Free((void*)chunk);
        }
    }
}
