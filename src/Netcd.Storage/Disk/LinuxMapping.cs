using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Netcd.Storage.Disk;

/// <summary>
/// A mapping that reaches far beyond the file's end, so that it stays where it is when the file grows. Addresses cost nothing; what lies
/// behind the file's end is never read.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxMapping : IDiskMapping
{
    /// <summary>As many addresses as the largest store has that etcd recommends, twice.</summary>
    private const long LeastReserved = 16L << 30;

    private readonly string path;
    private readonly bool isLocked;
    private readonly long reserved;
    private byte* pointer;

    public LinuxMapping(SafeFileHandle handle, string path, long length, bool isLocked)
    {
        this.path = path;
        this.isLocked = isLocked;
        reserved = Math.Max(LeastReserved, 2 * length);
        pointer = LinuxFile.TryMap(handle, reserved, out int errno);
        if (pointer == null)
        {
            // The process may have been given a limit of addresses (ulimit -v).
            reserved = length;
            pointer = LinuxFile.TryMap(handle, length, out errno);
        }

        if (pointer == null)
        {
            throw LinuxFile.Failure("mmap", path, errno);
        }

        try
        {
            Resize(length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Length { get; private set; }

    public byte* Pointer => pointer;

    public bool TryResize(long length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (length > reserved)
        {
            return false;
        }

        Resize(length);
        return true;
    }

    public void Dispose()
    {
        if (pointer != null)
        {
            LinuxFile.Unmap(pointer, reserved);
            pointer = null;
        }
    }

    private void Resize(long length)
    {
        if (isLocked && length > Length)
        {
            LinuxFile.LockMemory(pointer + Length, length - Length, path);
        }

        Length = length;
    }
}
