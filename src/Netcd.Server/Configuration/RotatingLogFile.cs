using System.Text;

namespace Netcd.Server.Configuration;

/// <summary>
/// The log's file, which is renamed and begun anew when it is full. No line is split between two files; a longer one than a file may be
/// has a file of its own.
/// </summary>
/// <remarks>Not for several threads at once; what becomes of old files is seen to in the background.</remarks>
internal sealed class RotatingLogFile : TextWriter
{
    /// <summary>Bytes beyond the limit after which a rotation is tried again that has failed: lines are not to be lost for it.</summary>
    private const long RetryBytes = 1024 * 1024;

    private readonly string path;
    private readonly LogRotation rotation;
    private readonly TimeProvider clock;
    private readonly LogBackups backups;
    private FileStream file;
    private long limit;

    /// <summary>Opens it, to go on where it ends.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public RotatingLogFile(string path, LogRotation rotation, TimeProvider clock)
    {
        this.path = Path.GetFullPath(path);
        this.rotation = rotation;
        this.clock = clock;
        backups = new LogBackups(this.path, rotation, clock);
        limit = rotation.MaxBytes;
        file = Open(this.path);
        backups.BeginTidying();
    }

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Append(Encoding.GetBytes([value]));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Append(Encoding.GetBytes(value + "\n"));

    /// <summary>Closes it, when what was to be done with old files is done.</summary>
    public override async ValueTask DisposeAsync()
    {
        await backups.Tidying.ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes it. What is under way with old files goes on.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private static FileStream Open(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
    });

    private void Append(byte[] line)
    {
        if (file.Length > 0 && file.Length + line.Length > limit)
        {
            Rotate();
        }

        file.Write(line);
    }

    private void Rotate()
    {
        try
        {
            if (File.Exists(path))
            {
                DateTimeOffset now = rotation.IsLocalTime ? clock.GetLocalNow() : clock.GetUtcNow();
                File.Move(path, backups.NameAt(now), overwrite: false);
            }

            // Where there is none, the file was moved already: by somebody else, or when no new one could be opened.
            FileStream next = Open(path);
            file.Dispose();
            (file, limit) = (next, rotation.MaxBytes);
            backups.BeginTidying();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The open file is written to on, under whatever name it has.
            limit = file.Length + RetryBytes;
        }
    }
}
