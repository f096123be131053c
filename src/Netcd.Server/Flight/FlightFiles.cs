using System.Globalization;
using Microsoft.Extensions.Logging;
using Netcd.Storage.Disk;

namespace Netcd.Server.Flight;

/// <summary>Writes what the recorder holds to files in the data directory, of which the newest are kept.</summary>
/// <param name="recorder">The recorder.</param>
/// <param name="dataDirectory">The data directory.</param>
/// <param name="clock">The time that files are called by.</param>
/// <param name="log">Says where they are.</param>
internal sealed class FlightFiles(FlightRecorder recorder, string dataDirectory, TimeProvider clock, ILogger log)
{
    /// <summary>Files that are kept; a member that crashes again and again must not fill the disk.</summary>
    public const int Kept = 8;

    private const string Prefix = "flight-";
    private const string Suffix = ".jsonl";

    /// <summary>The disk may be what is broken: nobody waits longer for it, and a process that has lost a stage ends.</summary>
    private static readonly TimeSpan WriteTime = TimeSpan.FromSeconds(1);

    private readonly string folder = Path.Combine(dataDirectory, "netcd");
    private readonly Lock writing = new();

    /// <summary>The lines of now.</summary>
    public ReadOnlyMemory<byte> Lines(string reason) => FlightLines.Of(recorder, reason, clock.GetUtcNow());

    /// <summary>Writes a file, where that can be done soon; it never throws.</summary>
    /// <param name="reason">Why.</param>
    public void Write(string reason)
    {
        Thread writer = new(() => TryWrite(reason)) { IsBackground = true, Name = "netcd-flight" };
        writer.Start();
        writer.Join(WriteTime);
    }

    private void TryWrite(string reason)
    {
        try
        {
            string path = Path.Combine(folder, Prefix + Stamp(clock.GetUtcNow()) + Suffix);
            ReadOnlyMemory<byte> lines = Lines(reason);
            lock (writing)
            {
                PhysicalDisk.Instance.CreateDirectory(folder);
                using (FileStream file = new(path, Options()))
                {
                    file.Write(lines.Span);
                }

                DeleteOldest();
            }

            log.WroteFlight(path, reason);
        }
#pragma warning disable CA1031 // What goes wrong while something else went wrong must not hide it.
        catch (Exception failure)
        {
            log.FailedToWriteFlight(reason, failure.Message);
        }
#pragma warning restore CA1031
    }

    private static string Stamp(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);

    private static FileStreamOptions Options()
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private void DeleteOldest()
    {
        string[] all = [.. Directory.EnumerateFiles(folder, Prefix + "*" + Suffix).Order(StringComparer.Ordinal)];
        foreach (string old in all.SkipLast(Kept))
        {
            File.Delete(old);
        }
    }
}
