using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Netcd.Storage.Disk;

/// <summary>fsync of a directory: the framework opens no directories.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class DirectoryFlush
{
    private const int ReadOnly = 0;

    public static void Flush(string path)
    {
        int fd = SpareDescriptors.Open(() => Open(path), leave: 0);
        try
        {
            if (fsync(fd) != 0)
            {
                throw Failure("fsync", path);
            }
        }
        finally
        {
            _ = close(fd);
        }
    }

    private static int Open(string path)
    {
        int fd = open(path, ReadOnly);
        return fd >= 0 ? fd : throw Failure("open", path);
    }

    private static IOException Failure(string call, string path)
    {
        int errno = Marshal.GetLastPInvokeError();
        return new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);
}
