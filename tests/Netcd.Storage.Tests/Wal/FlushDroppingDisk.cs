using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Wal;

/// <summary>A disk that says that it flushed and did not, where told so: the planted fault that the crash tests must find.</summary>
internal sealed class FlushDroppingDisk(IDisk inner, Func<string, bool> dropsFile, bool dropsDirectories = false) : IDisk
{
    public IDiskFile Open(string path, DiskOpenMode mode) => new DroppingFile(inner.Open(path, mode), dropsFile(path));

    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void FlushDirectory(string path)
    {
        if (!dropsDirectories)
        {
            inner.FlushDirectory(path);
        }
    }

    private sealed class DroppingFile(IDiskFile file, bool drops) : IDiskFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public int ReadAt(long offset, Span<byte> buffer) => file.ReadAt(offset, buffer);

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => file.WriteAt(offset, bytes);

        public void WriteAt(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers) => file.WriteAt(offset, buffers);

        public void SetLength(long length) => file.SetLength(length);

        public void Preallocate(long length) => file.Preallocate(length);

        public void Flush()
        {
            if (!drops)
            {
                file.Flush();
            }
        }

        public IDiskMapping Map(long length) => file.Map(length);

        public void Dispose() => file.Dispose();
    }
}
