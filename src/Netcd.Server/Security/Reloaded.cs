using Microsoft.Extensions.Logging;

namespace Netcd.Server.Security;

/// <summary>
/// What stands in some files, read again when they change: certificates are renewed under a server that runs on. A version
/// that cannot be read leaves the one before it in place.
/// </summary>
internal sealed class Reloaded<T>
    where T : class
{
    private readonly IReadOnlyList<string> paths;
    private readonly Func<T> load;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private volatile Version current;

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="TlsFileException">They cannot be used.</exception>
    public Reloaded(IReadOnlyList<string> paths, Func<T> load, ILogger log)
    {
        this.paths = paths;
        this.load = load;
        this.log = log;

        // The stamps first: a change in between is then seen as one.
        FileStamp[] stamps = Stamps();
        current = new Version(load(), stamps);
    }

    /// <summary>The content as of now.</summary>
    public T Value
    {
        get
        {
            FileStamp[] stamps = Stamps();
            Version known = current;
            return known.Stamps.AsSpan().SequenceEqual(stamps) ? known.Value : Renew(stamps);
        }
    }

    private T Renew(FileStamp[] stamps)
    {
        lock (gate)
        {
            if (current.Stamps.AsSpan().SequenceEqual(stamps))
            {
                return current.Value;
            }

            T value = current.Value;
            try
            {
                value = load();
                log.ReloadedCertificates(paths);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // Whatever is wrong with it: connections must not end because somebody wrote a file.
                log.FailedToReloadCertificates(failure.Message);
            }

            current = new Version(value, stamps);
            return value;
        }
    }

    private FileStamp[] Stamps() => [.. paths.Select(FileStamp.Of)];

    private sealed record Version(T Value, FileStamp[] Stamps);
}
