using Microsoft.Win32.SafeHandles;

namespace Netcd.Server.Auth;

/// <summary>
/// A file that only its owner reads, with the lines from before in <c>FILE.1</c>, <c>FILE.2</c> and so on, where a new one begins when it
/// is large. The file may be emptied or taken away under it.
/// </summary>
internal sealed class AuditFile(string path, long maxBytes = AuditFile.DefaultMaxBytes, int keptFiles = AuditFile.DefaultKeptFiles)
    : AuditOutput
{
    private const long DefaultMaxBytes = 100 * 1024 * 1024;
    private const int DefaultKeptFiles = 5;

    private FileStream? file;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> lines)
    {
        if (file is not null && !File.Exists(path))
        {
            Close();
        }

        file ??= Open();
        if (RandomAccess.GetLength(file.SafeFileHandle) is > 0 and long length && length + lines.Length > maxBytes)
        {
            Close();
            Rotate();
            file = Open();
        }

        Append(file.SafeFileHandle, lines);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (file is not null)
        {
            RandomAccess.FlushToDisk(file.SafeFileHandle);
            Close();
        }
    }

    private static void Append(SafeFileHandle file, ReadOnlySpan<byte> lines)
    {
        long end = RandomAccess.GetLength(file);
        try
        {
            RandomAccess.Write(file, lines, end);
        }
        catch (IOException)
        {
            // No half of a line stays where the disk is full.
            RandomAccess.SetLength(file, end);
            throw;
        }
    }

    private FileStream Open()
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        FileStream opened = new(path, options);
        if (!opened.CanSeek)
        {
            opened.Dispose();
            throw new IOException($"{path} is not a file");
        }

        EndLastLine(opened.SafeFileHandle);
        return opened;
    }

    /// <summary>A process that was killed may have left half of a line: the next one is not to stand behind it.</summary>
    private static void EndLastLine(SafeFileHandle opened)
    {
        long length = RandomAccess.GetLength(opened);
        Span<byte> last = [(byte)'\n'];
        if (length > 0 && RandomAccess.Read(opened, last, length - 1) == 1 && last[0] != '\n')
        {
            RandomAccess.Write(opened, "\n"u8, length);
        }
    }

    private void Rotate()
    {
        File.Delete(Kept(keptFiles));
        for (int number = keptFiles - 1; number > 0; number--)
        {
            if (File.Exists(Kept(number)))
            {
                File.Move(Kept(number), Kept(number + 1));
            }
        }

        if (keptFiles > 0)
        {
            File.Move(path, Kept(1));
        }
        else
        {
            File.Delete(path);
        }
    }

    private string Kept(int number) => $"{path}.{number}";

    private void Close()
    {
        file?.Dispose();
        file = null;
    }
}
