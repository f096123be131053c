using System.Globalization;
using Netcd.Engine.Text;

namespace Netcd.Server.Configuration;

/// <summary><c>--auto-compaction-mode</c> and <c>--auto-compaction-retention</c>: what automatic compaction keeps.</summary>
/// <param name="Period">The history of this time is kept; zero where it is not compacted by time.</param>
/// <param name="Revisions">So many revisions are kept; 0 where it is not compacted by revisions.</param>
internal readonly record struct CompactionRetention(TimeSpan Period, long Revisions)
{
    private const string Mode = "auto-compaction-mode";
    private const string Retention = "auto-compaction-retention";
    private const string ByRevision = "revision";
    private const long NanosecondsPerTick = 100;

    /// <summary>More hours than a long has nanoseconds for.</summary>
    private const long TooManyHours = (long.MaxValue / 3_600_000_000_000) + 1;

    /// <summary>Whether the mode is one.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static void CheckMode(Settings settings)
    {
        string mode = settings.Text(Mode);
        if (mode is not ("" or "periodic" or ByRevision))
        {
            throw new ConfigurationException($"unknown auto-compaction-mode \"{mode}\"");
        }
    }

    /// <summary>Reads what is kept. A number alone is hours, or revisions.</summary>
    /// <exception cref="ConfigurationException">It cannot be kept.</exception>
    public static CompactionRetention Read(Settings settings, List<string> warnings)
    {
        string mode = settings.Text(Mode);
        bool isByRevision = mode == ByRevision;
        string text = settings.Text(Retention) is { Length: > 0 } given ? given : "0";
        if (mode.Length == 0 && text != "0")
        {
            throw new ConfigurationException($"--{Mode} is undefined");
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= 0)
        {
            return isByRevision
                ? new CompactionRetention(TimeSpan.Zero, number)
                : new CompactionRetention(number < TooManyHours ? TimeSpan.FromHours(number) : throw OutOfRange(text), 0);
        }

        if (GoDuration.Read(text, out TimeSpan period) is { } fault)
        {
            throw new ConfigurationException("error parsing CompactionRetention: " + fault);
        }

        if (period < TimeSpan.Zero)
        {
            throw OutOfRange(text);
        }

        if (!isByRevision)
        {
            return new CompactionRetention(period, 0);
        }

        // As in etcd, which takes the time's nanoseconds for a number.
        long revisions = period.Ticks * NanosecondsPerTick;
        warnings.Add($"--{Retention}={text} keeps {revisions} revisions, as --{Mode} is {ByRevision}");
        return new CompactionRetention(TimeSpan.Zero, revisions);
    }

    private static ConfigurationException OutOfRange(string text) =>
        new($"--{Retention}[{text}] must be from 0 to {TooManyHours - 1} hours");
}
