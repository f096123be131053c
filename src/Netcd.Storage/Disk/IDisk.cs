namespace Netcd.Storage.Disk;

/// <summary>
/// The seam to the file system: everything that storage reads, writes, flushes, renames or locks goes through it, so that
/// the simulator can lose, tear and refuse writes. Paths are the host's, absolute or relative to the process.
/// </summary>
/// <remarks>
/// Failures are <see cref="IOException"/> (a full disk and a refused access among them, see <see cref="DiskErrors"/>).
/// After a failed <see cref="IDiskFile.Flush"/> nothing may be assumed of the file: callers stop, they do not retry.
/// </remarks>
public interface IDisk
{
    /// <summary>Opens a file for reading and writing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it must, may or must not exist.</param>
    /// <exception cref="FileNotFoundException">It must exist and does not.</exception>
    /// <exception cref="IOException">It must not exist and does, or the system refuses.</exception>
    IDiskFile Open(string path, DiskOpenMode mode);

    /// <summary>Whether a file of that path exists.</summary>
    bool FileExists(string path);

    /// <summary>Whether a directory of that path exists.</summary>
    bool DirectoryExists(string path);

    /// <summary>Creates a directory and its missing parents, readable by the owner alone (mode 0700), and makes its name durable, also
    /// where it
    /// is there already.</summary>
    void CreateDirectory(string path);

    /// <summary>The names (not paths) of the files and directories in a directory, in ordinal order.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Renames a file, replacing the target; durable only after <see cref="FlushDirectory"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; durable only after <see cref="FlushDirectory"/>. Deleting what is not there does nothing.</summary>
    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in the directory durable.</summary>
    void FlushDirectory(string path);
}

/// <summary>Whether the file to open must, may or must not exist.</summary>
public enum DiskOpenMode
{
    /// <summary>It must exist; opened for reading and writing.</summary>
    Existing,

    /// <summary>It must exist; opened for reading alone.</summary>
    ReadOnly,

    /// <summary>As <see cref="ReadOnly"/>, and under the system's shared advisory lock until it is closed: nobody writes to it meanwhile
    /// who takes its exclusive lock. <see cref="DiskLockedException"/> where somebody has that.</summary>
    ReadOnlyLocked,

    /// <summary>It is created where it does not exist.</summary>
    OpenOrCreate,

    /// <summary>It must not exist.</summary>
    CreateNew,

    /// <summary>As <see cref="OpenOrCreate"/>, and held under the system's exclusive advisory lock (flock) until it is closed;
    /// <see cref="DiskLockedException"/> where another holds it.</summary>
    OpenOrCreateLocked,
}

/// <summary>An open file of an <see cref="IDisk"/>. Reads may run side by side with one writer.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>The path that it was opened by.</summary>
    string Path { get; }

    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to the buffer's length; returns the bytes read, less than asked only at the end of the file.</summary>
    int ReadAt(long offset, Span<byte> buffer);

    /// <summary>Writes all of the bytes, growing the file where needed. Durable only after <see cref="Flush"/>.</summary>
    void WriteAt(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Writes all of the buffers one after the other from the offset on, in one system call where there is one.</summary>
    void WriteAt(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers);

    /// <summary>Truncates or extends with zeros. A mapping must not be read from beyond the file's end.</summary>
    void SetLength(long length);

    /// <summary>Reserves room up to the length and extends the file with zeros to it, so that later writes within cannot
    /// meet a full disk and a flush need not update the file's size.</summary>
    void Preallocate(long length);

    /// <summary>Returns when all that was written is on stable storage. A failure is final: see <see cref="IDisk"/>.</summary>
    void Flush();

    /// <summary>Maps the first bytes of the file for reading. Later writes within show through.</summary>
    /// <param name="length">Bytes to map: at most <see cref="Length"/>, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The file does not have so many.</exception>
    /// <exception cref="IOException">The system has no room for the mapping, or for what is to be kept in memory.</exception>
    IDiskMapping Map(long length);
}

/// <summary>A read-only view of a file's bytes; disposed by its owner when no reader is left.</summary>
public interface IDiskMapping : IDisposable
{
    /// <summary>The bytes that may be read.</summary>
    long Length { get; }

    /// <summary>The address of the first byte, valid until the mapping is disposed.</summary>
    unsafe byte* Pointer { get; }

    /// <summary>Takes another length at the same address, as the file has become longer or is about to become shorter. Belongs to the
    /// thread that writes the file; others read on.</summary>
    /// <param name="length">The bytes that may be read from now on: at most the file's length, at least 1.</param>
    /// <returns>Whether it has: where addresses behind it are not free, the file must be mapped anew.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    /// <exception cref="IOException">The mapping is kept in memory, and there is no more of it that may be.</exception>
    bool TryResize(long length);
}

/// <summary>Another process holds the file's lock.</summary>
public sealed class DiskLockedException(string path, Exception? inner = null)
    : IOException($"{path} is in use by another process", inner)
{
    /// <summary>The file whose lock is held elsewhere.</summary>
    public string Path { get; } = path;
}

/// <summary>Names for the failures that callers distinguish.</summary>
public static class DiskErrors
{
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int DiskFullErrno = 28;
    private const int SystemFilesErrno = 23;
    private const int ProcessFilesErrno = 24;
    private const int ProcessFilesWindows = unchecked((int)0x80070004);
    private const int MappedWindows = unchecked((int)0x800704C8);

    /// <summary>Whether the failure says that the disk (or a quota on it) is full.</summary>
    public static bool IsDiskFull(IOException failure) =>
        failure is DiskFullException || failure.HResult is DiskFullWindows or DiskFullErrno;

    /// <summary>Whether the failure says that the process, or the system, may open no more files: nothing was opened or made
    /// then.</summary>
    public static bool IsOutOfDescriptors(IOException failure) =>
        failure is OutOfDescriptorsException || failure.HResult is SystemFilesErrno or ProcessFilesErrno or ProcessFilesWindows;

    /// <summary>Whether a file was not cut because somebody has it mapped, which some systems refuse.</summary>
    public static bool IsMapped(IOException failure) => failure.HResult == MappedWindows;

    /// <summary>Whether what failed can be tried again: it wants room, on the disk or in the table of open files, that may be there
    /// later.</summary>
    public static bool IsLackOfRoom(IOException failure) => IsDiskFull(failure) || IsOutOfDescriptors(failure);
}

/// <summary>The disk has no room left; raised by disks of our own (the simulated one), recognised with the system's.</summary>
public sealed class DiskFullException(string path) : IOException($"no space left on device: {path}");

/// <summary>No more files may be open; raised by disks of our own, recognised with the system's.</summary>
public sealed class OutOfDescriptorsException(string path) : IOException($"too many open files: {path}");
