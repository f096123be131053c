namespace Netcd.Client.Connecting;

/// <summary>A file that others replace while we run.</summary>
internal sealed class WatchedFile(string path)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private DateTime read;
    private long looked;
    private volatile bool hasChanged = true;

    /// <summary>Whether it is another than the one that was read; asked of the disk once a second at most.</summary>
    public bool HasChanged
    {
        get
        {
            long now = Environment.TickCount64;
            if (!hasChanged && now - Interlocked.Read(ref looked) >= (long)LookEvery.TotalMilliseconds)
            {
                Interlocked.Exchange(ref looked, now);
                hasChanged = File.GetLastWriteTimeUtc(path) != read;
            }

            return hasChanged;
        }
    }

    public async Task<string> ReadAsync(CancellationToken cancel)
    {
        // The time first: a file that is replaced in between is read again.
        read = File.GetLastWriteTimeUtc(path);
        string text = await File.ReadAllTextAsync(path, cancel).ConfigureAwait(false);
        Interlocked.Exchange(ref looked, Environment.TickCount64);
        hasChanged = false;
        return text;
    }
}
