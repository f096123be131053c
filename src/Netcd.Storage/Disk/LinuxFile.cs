using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Netcd.Storage.Disk;

/// <summary>
/// What the framework does not offer: fdatasync (its flush is an fsync, which writes the file's times too and so costs a
/// journal commit that a preallocated log does not need), fallocate, and mappings that reach beyond the file's end.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxFile
{
    private const int Interrupted = 4;
    private const int NotSupported = 95;
    private const int ProtectRead = 1;
    private const int MapShared = 1;

    public static void FlushData(SafeFileHandle handle, string path)
    {
        while (fdatasync(handle) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Interrupted)
            {
                throw Failure("fdatasync", path, errno);
            }
        }
    }

    public static void Preallocate(SafeFileHandle handle, string path, long length)
    {
        while (fallocate(handle, 0, 0, length) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == NotSupported)
            {
                ExtendWithZeros(handle, length);
                return;
            }

            if (errno != Interrupted)
            {
                throw Failure("fallocate", path, errno);
            }
        }
    }

    /// <summary>Maps so many bytes for reading, be the file as long or not: what lies beyond its end must not be read.</summary>
    /// <returns>The address; null with the system's error number where there is no room for it.</returns>
    public static unsafe byte* TryMap(SafeFileHandle handle, long length, out int errno)
    {
        nint address = mmap(null, (nuint)length, ProtectRead, MapShared, handle, 0);
        errno = address == -1 ? Marshal.GetLastPInvokeError() : 0;
        return address == -1 ? null : (byte*)address;
    }

    public static unsafe void Unmap(byte* start, long length) => _ = munmap(start, (nuint)length);

    /// <summary>Keeps a mapping's pages in memory until it is unmapped.</summary>
    public static unsafe void LockMemory(byte* start, long length, string path)
    {
        if (mlock(start, (nuint)length) != 0)
        {
            throw Failure("mlock", path, Marshal.GetLastPInvokeError());
        }
    }

#pragma warning disable RS0030 // Part of the disk seam.
    private static void ExtendWithZeros(SafeFileHandle handle, long length)
    {
        if (RandomAccess.GetLength(handle) < length)
        {
            RandomAccess.SetLength(handle, length);
        }
    }
#pragma warning restore RS0030

    public static IOException Failure(string call, string path, int errno) =>
        new($"{call} {path}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle fd);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint mmap(byte* start, nuint length, int protection, int flags, SafeFileHandle fd, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int munmap(byte* start, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int mlock(byte* start, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle fd, int mode, long offset, long length);
}
