using Netcd.Client;
using Netcd.Client.Leases;

namespace Netcd.ClientTests.Soak;

/// <summary>Leases that outlive every fault: none of them lasts as long as theirs do.</summary>
internal sealed class KeptLeases(EtcdClient client, int count)
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(60);

    private int lost;

    public async Task KeepAsync(CancellationToken over)
    {
        LeaseHandle[] handles = await Task.WhenAll(
            Enumerable.Range(0, count).Select(_ => client.Leases.AcquireAsync(TimeToLive, cancel: over)));
        await Task.Delay(Timeout.Infinite, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lost = handles.Count(static handle => handle.Lost.IsCancellationRequested);
        foreach (LeaseHandle handle in handles)
        {
            await handle.DisposeAsync();
        }
    }

    public void Check() => Assert.Equal(0, lost);
}
