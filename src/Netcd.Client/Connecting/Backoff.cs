namespace Netcd.Client.Connecting;

/// <summary>
/// The pauses between attempts, as etcd's own client makes them: none while fewer than a quorum of the endpoints have been tried, then one
/// that doubles each time.
/// </summary>
internal static class Backoff
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>The pause before an attempt.</summary>
    /// <param name="options">The first pause, and how much of it is random.</param>
    /// <param name="attempt">How many attempts have failed.</param>
    /// <param name="endpoints">How many endpoints there are.</param>
    public static TimeSpan Before(EtcdClientOptions options, int attempt, int endpoints)
    {
        int quorum = (endpoints / 2) + 1;
        if (attempt % quorum != 0)
        {
            return TimeSpan.Zero;
        }

        int doublings = Math.Min((attempt / quorum) - 1, 10);
        TimeSpan pause = options.RetryBackoff * (1L << doublings);
        double jitter = 1 + (options.RetryJitter * ((2 * Random.Shared.NextDouble()) - 1));
        return (pause < Longest ? pause : Longest) * jitter;
    }
}
