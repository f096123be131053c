namespace Netcd.Server.Tests.Gateway;

/// <summary>etcd itself, as a process that a class's tests share.</summary>
public sealed class RealEtcd : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lazy<Task<EtcdProcess>> process;

    public RealEtcd() => process = new(() => EtcdProcess.StartAsync(folder.At("data"), "--log-level", "error"));

    /// <summary>Speaks to it. Skips the test where there is no etcd.</summary>
    public async Task<HttpClient> ClientAsync() => (await process.Value).Client;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (process is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await process.Value).DisposeAsync();
        }

        folder.Dispose();
    }
}
