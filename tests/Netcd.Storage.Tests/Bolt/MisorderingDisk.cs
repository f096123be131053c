using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>The faults that a database could have in how it orders its writes.</summary>
public enum Misordering
{
    /// <summary>No flush between the pages and the meta page.</summary>
    PagesNotFlushed,

    /// <summary>No flush after the meta page.</summary>
    MetaNotFlushed,

    /// <summary>The meta page is written and flushed before the pages.</summary>
    MetaFirst,
}

/// <summary>A disk that plants one of them under a sound database.</summary>
internal sealed class MisorderingDisk(IDisk inner, Misordering fault, int pageSize) : IDisk
{
    public IDiskFile Open(string path, DiskOpenMode mode) => new File(inner.Open(path, mode), fault, pageSize);

    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void FlushDirectory(string path) => inner.FlushDirectory(path);

    private sealed class File(IDiskFile inner, Misordering fault, int pageSize) : IDiskFile
    {
        private readonly List<(long Offset, byte[] Bytes)> heldBack = [];
        private bool wroteMeta;

        public string Path => inner.Path;

        public long Length => inner.Length;

        public int ReadAt(long offset, Span<byte> buffer) => inner.ReadAt(offset, buffer);

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            wroteMeta = offset < 2L * pageSize;
            if (fault != Misordering.MetaFirst)
            {
                inner.WriteAt(offset, bytes);
            }
            else if (!wroteMeta)
            {
                heldBack.Add((offset, bytes.ToArray()));
            }
            else
            {
                inner.WriteAt(offset, bytes);
                inner.Flush();
                foreach ((long at, byte[] held) in heldBack)
                {
                    inner.WriteAt(at, held);
                }

                heldBack.Clear();
            }
        }

        public void WriteAt(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        {
            foreach (ReadOnlyMemory<byte> buffer in buffers)
            {
                WriteAt(offset, buffer.Span);
                offset += buffer.Length;
            }
        }

        public void SetLength(long length) => inner.SetLength(length);

        public void Preallocate(long length) => inner.Preallocate(length);

        public void Flush()
        {
            if (fault != (wroteMeta ? Misordering.MetaNotFlushed : Misordering.PagesNotFlushed))
            {
                inner.Flush();
            }
        }

        public IDiskMapping Map(long length) => inner.Map(length);

        public void Dispose() => inner.Dispose();
    }
}
