using System.Globalization;
using Netcd.Client;
using Netcd.Client.Watching;

namespace Netcd.ClientTests.Soak;

/// <summary>A watch of the writes, with no more kept of its events than revision and number.</summary>
internal sealed class SoakWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<(long Revision, int Number)> events = [];

    public SoakWatch(EtcdClient client, string prefix) => Reading = ReadAsync(client, prefix);

    public Task Reading { get; }

    public IReadOnlyList<(long Revision, int Number)> Events
    {
        get
        {
            lock (events)
            {
                return [.. events];
            }
        }
    }

    public Task BegunAsync() => Poll.UntilAsync(() => Task.FromResult(Reading.IsCompleted || Count > 0));

    public Task UntilAsync(long revision) => Poll.UntilAsync(() => Task.FromResult(Reading.IsCompleted || Events[^1].Revision >= revision));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private int Count
    {
        get
        {
            lock (events)
            {
                return events.Count;
            }
        }
    }

    private async Task ReadAsync(EtcdClient client, string prefix)
    {
        await foreach (WatchBatch batch in client.Watches.WatchAsync(KeyRange.Prefix(prefix), null, stop.Token))
        {
            WatchEvent change = Assert.Single(batch.Events);
            lock (events)
            {
                events.Add((batch.Revision, int.Parse(change.KeyValue.ValueText, CultureInfo.InvariantCulture)));
            }
        }
    }
}
