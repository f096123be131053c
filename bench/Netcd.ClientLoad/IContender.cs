namespace Netcd.ClientLoad;

/// <summary>A client, as far as it is measured.</summary>
internal interface IContender : IAsyncDisposable
{
    /// <summary>Puts a key. Gives the revision.</summary>
    Task<long> PutAsync(byte[] key, byte[] value);

    /// <summary>Reads a key, linearizably. Gives the length of its value.</summary>
    Task<int> GetAsync(byte[] key);

    /// <summary>Watches a prefix from a revision on, until so many events have come. Gives the sum of their values' lengths.</summary>
    Task<long> WatchAsync(byte[] prefix, long revision, int events);

    /// <summary>Grants leases of so many seconds and keeps them alive for a time. Gives the leases.</summary>
    Task<long[]> KeepAliveAsync(int leases, int seconds, TimeSpan time);
}
