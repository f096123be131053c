namespace Netcd.Fuzzing.Siege;

/// <summary>Something that a hostile or merely heavy sender does, until it is stopped.</summary>
/// <param name="name">What it is called, with the numbers of the findings that it is about.</param>
/// <param name="run">Does it; what is thrown when the server ends it is passed over.</param>
internal sealed class Attack(string name, Func<Attack, SiegeCluster, CancellationToken, Task> run)
{
    private long sent;
    private CancellationToken stop;

    public string Name => name;

    /// <summary>Requests, connections or frames that were sent so far.</summary>
    public long Sent => Interlocked.Read(ref sent);

    public Task RunAsync(SiegeCluster cluster, CancellationToken end)
    {
        stop = end;
        return run(this, cluster, end);
    }

    /// <summary>Counts what was sent.</summary>
    public void Count(long number = 1) => Interlocked.Add(ref sent, number);

    /// <summary>Does the same in several tasks again and again, whatever each ends with, until it is to end.</summary>
    public async Task RepeatAsync(int tasks, Func<int, Task> once)
    {
        await Task.WhenAll(Enumerable.Range(0, tasks).Select(index => Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        await once(index).ConfigureAwait(false);
                        Count();
                    }
                    catch (Exception failure) when (failure is Grpc.Core.RpcException or IOException or HttpRequestException
                        or OperationCanceledException or System.Net.Sockets.SocketException or ObjectDisposedException)
                    {
                        Count();
                        await Task.Delay(5, CancellationToken.None).ConfigureAwait(false);
                    }
                }
            },
            CancellationToken.None))).ConfigureAwait(false);
    }
}
