using Microsoft.Win32.SafeHandles;

namespace Netcd.Server.Security;

/// <summary>Tells two versions of a file apart. Taken from the open file, so that links anywhere in its path are followed.</summary>
internal sealed record FileStamp(long Ticks, long Length)
{
    private static readonly FileStamp None = new(0, 0);

    /// <summary>That of a file as it is now; the same for all that cannot be read, and for no path.</summary>
    public static FileStamp Of(string? path)
    {
        if (path is null)
        {
            return None;
        }

        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            return new FileStamp(File.GetLastWriteTimeUtc(file).Ticks, RandomAccess.GetLength(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return None;
        }
    }
}
