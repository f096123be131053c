using System.Globalization;
using System.IO.Compression;

namespace Netcd.Server.Configuration;

/// <summary>
/// The old files of a log beside it, with the time at which each ended in its name, <c>etcd-2026-03-01T09-30-00.123.log</c>: those that
/// are too old or too many are deleted, the others compressed.
/// </summary>
internal sealed class LogBackups(string path, LogRotation rotation, TimeProvider clock)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH-mm-ss.fff";
    private const string Compressed = ".gz";
    private const string Unfinished = ".gz.part";

    private readonly string directory = Path.GetDirectoryName(path)!;
    private readonly string prefix = Path.GetFileNameWithoutExtension(path) + "-";
    private readonly string extension = Path.GetExtension(path);
    private readonly Lock gate = new();

    /// <summary>What is under way.</summary>
    public Task Tidying { get; private set; } = Task.CompletedTask;

    /// <summary>A name for the file that ends now, which no file has.</summary>
    public string NameAt(DateTimeOffset time)
    {
        string name;
        do
        {
            name = Path.Combine(directory, prefix + time.ToString(TimeFormat, CultureInfo.InvariantCulture) + extension);
            time = time.AddMilliseconds(1);
        }
        while (File.Exists(name) || File.Exists(name + Compressed));
        return name;
    }

    /// <summary>Sees to old files in the background, after what is under way.</summary>
    public void BeginTidying()
    {
        lock (gate)
        {
            Tidying = Tidying.ContinueWith(_ => Tidy(), TaskScheduler.Default);
        }
    }

    private void Tidy()
    {
        try
        {
            List<OldFile> old = [.. Find().OrderByDescending(static file => file.Time)];
            int kept = rotation.MaxBackups == 0 ? old.Count : (int)Math.Min(rotation.MaxBackups, old.Count);
            for (int i = 0; i < old.Count; i++)
            {
                if (i >= kept || IsTooOld(old[i].Time))
                {
                    File.Delete(old[i].File);
                }
                else if (rotation.IsCompressed && !old[i].File.EndsWith(Compressed, StringComparison.Ordinal))
                {
                    Compress(old[i].File);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Tried again when the next file is full. The log cannot tell of its own folder.
        }
    }

    private bool IsTooOld(DateTime time)
    {
        DateTime now = (rotation.IsLocalTime ? clock.GetLocalNow() : clock.GetUtcNow()).DateTime;
        return rotation.MaxAgeDays > 0 && (now - time).TotalDays > rotation.MaxAgeDays;
    }

    /// <summary>Old files of this log; those with other names are not its own.</summary>
    private IEnumerable<OldFile> Find()
    {
        foreach (string file in Directory.EnumerateFiles(directory, prefix + "*"))
        {
            string name = Path.GetFileName(file);
            name = name.EndsWith(Compressed, StringComparison.Ordinal) ? name[..^Compressed.Length] : name;
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(extension, StringComparison.Ordinal)
                && name.Length >= prefix.Length + extension.Length
                && TryReadTime(name[prefix.Length..^extension.Length], out DateTime time))
            {
                yield return new OldFile(file, time);
            }
        }
    }

    private static bool TryReadTime(string text, out DateTime time) =>
        DateTime.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    /// <summary>Under another name until it is whole: a process that ends meanwhile loses nothing.</summary>
    private static void Compress(string file)
    {
        string part = file + Unfinished;
        using (FileStream from = File.OpenRead(file))
        using (FileStream to = new(part, OptionsLike(file)))
        using (GZipStream zip = new(to, CompressionLevel.Optimal))
        {
            from.CopyTo(zip);
        }

        File.Move(part, file + Compressed, overwrite: true);
        File.Delete(file);
    }

    /// <summary>Who may read the file may read what it is made into, and nobody else.</summary>
    private static FileStreamOptions OptionsLike(string file)
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = File.GetUnixFileMode(file);
        }

        return options;
    }

    private sealed record OldFile(string File, DateTime Time);
}
