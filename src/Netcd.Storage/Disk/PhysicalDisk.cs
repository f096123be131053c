using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Netcd.Storage.Disk;

#pragma warning disable RS0030 // This is the seam: the one place where files are opened.

/// <summary>The host's file system.</summary>
public sealed class PhysicalDisk : IDisk
{
    /// <summary>EACCES.</summary>
    private const int AccessDenied = 13;

    private readonly PhysicalDiskOptions options;

    /// <summary>The file system, used in another way than usual.</summary>
    public PhysicalDisk(PhysicalDiskOptions options) => this.options = options;

    /// <summary>The file system as it is to be used: it holds no state.</summary>
    public static PhysicalDisk Instance { get; } = new(new PhysicalDiskOptions());

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        FileMode fileMode = mode switch
        {
            DiskOpenMode.Existing or DiskOpenMode.ReadOnly or DiskOpenMode.ReadOnlyLocked => FileMode.Open,
            DiskOpenMode.CreateNew => FileMode.CreateNew,
            _ => FileMode.OpenOrCreate,
        };
        FileAccess access = mode is DiskOpenMode.ReadOnly or DiskOpenMode.ReadOnlyLocked ? FileAccess.Read : FileAccess.ReadWrite;
        // On Unix the runtime turns FileShare.None into flock(LOCK_EX | LOCK_NB), the lock that bbolt takes too, and FileShare.Read of a
        // reader into LOCK_SH.
        FileShare share = mode switch
        {
            DiskOpenMode.OpenOrCreateLocked => FileShare.None,
            DiskOpenMode.ReadOnlyLocked => FileShare.Read,
            _ => FileShare.ReadWrite | FileShare.Delete,
        };
        try
        {
            SafeFileHandle Open() =>
                fileMode == FileMode.Open ? File.OpenHandle(path, fileMode, access, share) : OpenPrivate(path, fileMode, access, share);
            SafeFileHandle handle = OperatingSystem.IsWindows() ? Open() : SpareDescriptors.Open(Open, leave: 1);
            return new PhysicalFile(path, handle, options);
        }
        catch (IOException failure) when (
            mode is DiskOpenMode.OpenOrCreateLocked or DiskOpenMode.ReadOnlyLocked && IsLockedElsewhere(failure))
        {
            throw new DiskLockedException(path, failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    /// <summary>Opens a file that may have to be made: then it is its owner's alone from the first moment on.</summary>
    private static SafeFileHandle OpenPrivate(string path, FileMode mode, FileAccess access, FileShare share)
    {
        FileStreamOptions options = new() { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // Only a stream can be opened with a mode; what it was opened for is its handle, which outlives it.
        FileStream stream = new(path, options);
#pragma warning disable CA1816 // Or else the end of the stream would be that of the handle.
        GC.SuppressFinalize(stream);
#pragma warning restore CA1816
        return stream.SafeFileHandle;
    }

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (Directory.Exists(path))
        {
            // It may stem from a process that was killed before it came to flush the name.
            FlushIfAllowed(parent);
            return;
        }

        // One at a time: each name is durable only when the directory that it stands in is.
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException(failure.Message, failure);
        }

        if (parent is not null)
        {
            FlushDirectory(parent);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        string[] names = OperatingSystem.IsWindows()
            ? Directory.GetFileSystemEntries(directory)
            : SpareDescriptors.Open(() => Directory.GetFileSystemEntries(directory), leave: 0);
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = Path.GetFileName(names[i]);
        }

        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void FlushDirectory(string path)
    {
        // Windows keeps directory changes in its own journal and refuses to open a directory as a file.
        if (OperatingSystem.IsWindows() || options.SkipsFlushes)
        {
            return;
        }

        DirectoryFlush.Flush(path);
    }

    /// <summary>What this user may not read, it has made no name in that needs a flush.</summary>
    private void FlushIfAllowed(string? directory)
    {
        try
        {
            if (directory is not null)
            {
                FlushDirectory(directory);
            }
        }
        catch (IOException failure) when (failure.HResult == AccessDenied)
        {
        }
    }

    /// <summary>EWOULDBLOCK of flock (11 on Linux, 35 on the BSDs), or the sharing violation of Windows: other failures say nothing of a
    /// lock.</summary>
    private static bool IsLockedElsewhere(IOException failure) => failure.HResult is 11 or 35 or unchecked((int)0x80070020);

    private sealed class PhysicalFile(string path, SafeFileHandle handle, PhysicalDiskOptions options) : IDiskFile
    {
        public string Path { get; } = path;

        public long Length => RandomAccess.GetLength(handle);

        public int ReadAt(long offset, Span<byte> buffer)
        {
            int done = 0;
            while (done < buffer.Length)
            {
                int read = RandomAccess.Read(handle, buffer[done..], offset + done);
                if (read == 0)
                {
                    break;
                }

                done += read;
            }

            return done;
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, offset);

        public void WriteAt(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers) => RandomAccess.Write(handle, buffers, offset);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Preallocate(long length)
        {
            if (OperatingSystem.IsLinux())
            {
                LinuxFile.Preallocate(handle, Path, length);
                return;
            }

            if (length > Length)
            {
                RandomAccess.SetLength(handle, length);
            }
        }

        public void Flush()
        {
            if (options.SkipsFlushes)
            {
                return;
            }

            if (OperatingSystem.IsLinux())
            {
                LinuxFile.FlushData(handle, Path);
                return;
            }

            RandomAccess.FlushToDisk(handle);
        }

        public IDiskMapping Map(long length)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
            return OperatingSystem.IsLinux()
                ? new LinuxMapping(handle, Path, length, options.LocksMappings)
                : new PhysicalMapping(handle, length);
        }

        public void Dispose() => handle.Dispose();
    }

    /// <summary>Where the system is not Linux. It cannot reach beyond the file's end.</summary>
    private sealed unsafe class PhysicalMapping : IDiskMapping
    {
        private readonly MemoryMappedFile file;
        private readonly MemoryMappedViewAccessor view;
        private byte* pointer;

        public PhysicalMapping(SafeFileHandle handle, long length)
        {
            file = MemoryMappedFile.CreateFromFile(
                handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            pointer += view.PointerOffset;
            Length = length;
        }

        public long Length { get; }

        public byte* Pointer => pointer;

        public bool TryResize(long length) => false;

        public void Dispose()
        {
            if (pointer == null)
            {
                return;
            }

            pointer = null;
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            file.Dispose();
        }
    }
}
