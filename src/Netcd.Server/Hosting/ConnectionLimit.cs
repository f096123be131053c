namespace Netcd.Server.Hosting;

/// <summary>How many connections may be open at a time; those beyond the limit wait in the system's queue.</summary>
/// <param name="most">The limit; null for none.</param>
internal sealed class ConnectionLimit(int? most)
{
    private readonly SemaphoreSlim? places = most is { } count ? new SemaphoreSlim(count) : null;

    /// <summary>No limit.</summary>
    public static ConnectionLimit None { get; } = new(null);

    /// <summary>The limit; null for none.</summary>
    public int? Most { get; } = most;

    /// <summary>Waits for a place.</summary>
    public Task EnterAsync(CancellationToken cancellation) => places?.WaitAsync(cancellation) ?? Task.CompletedTask;

    /// <summary>Gives a place back.</summary>
    public void Leave() => places?.Release();
}
