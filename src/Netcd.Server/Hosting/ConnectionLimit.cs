using System.Globalization;
using Netcd.Engine.Node;

namespace Netcd.Server.Hosting;

/// <summary>
/// How many connections may be open at a time. A member that accepts until it has no file descriptor left could open no segment of its
/// log any more; those beyond the limit wait in the system's queue.
/// </summary>
/// <param name="most">The limit; null for none.</param>
internal sealed class ConnectionLimit(int? most)
{
    /// <summary>Descriptors that are left for what is opened later: files of the log, snapshots, connections to the other members.</summary>
    private const int Reserved = 150;

    private const string OpenDescriptors = "/proc/self/fd";

    private readonly SemaphoreSlim? places = most is { } count ? new SemaphoreSlim(count) : null;

    /// <summary>No limit.</summary>
    public static ConnectionLimit None { get; } = new(null);

    /// <summary>The limit that this process's descriptors allow, besides those that it has open.</summary>
    /// <exception cref="NodeStartException">They allow none.</exception>
    public static ConnectionLimit OfProcess()
    {
        if (Descriptors() is not { } descriptors)
        {
            return None;
        }

        int least = Directory.EnumerateFileSystemEntries(OpenDescriptors).Count() + Reserved;
        return descriptors > least
            ? new ConnectionLimit(descriptors - least)
            : throw new NodeStartException(string.Create(
                CultureInfo.InvariantCulture,
                $"file descriptor limit of netcd process is too low; please set higher; limit {descriptors}, recommended-limit {least}"));
    }

    /// <summary>Waits for a place.</summary>
    public Task EnterAsync(CancellationToken cancellation) => places?.WaitAsync(cancellation) ?? Task.CompletedTask;

    /// <summary>Gives a place back.</summary>
    public void Leave() => places?.Release();

    /// <summary>The soft limit of open files; null where there is none, or the system does not say.</summary>
    private static int? Descriptors()
    {
        const string name = "Max open files";
        const string file = "/proc/self/limits";
        string? line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) : null;
        string? soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptors) ? descriptors : null;
    }
}
