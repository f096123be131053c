using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Netcd.Storage.Disk;

/// <summary>
/// What the framework does not offer: fdatasync (its flush is an fsync, which writes the file's times too and so costs a
/// journal commit that a preallocated log does not need), fallocate, and the flush of a directory.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxFile
{
    private const int Interrupted = 4;
    private const int NotSupported = 95;

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
    private static unsafe partial int mlock(byte* start, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle fd, int mode, long offset, long length);
}
