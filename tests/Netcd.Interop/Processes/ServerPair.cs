namespace Netcd.Interop.Processes;

/// <summary>A fresh netcd and a fresh real etcd, side by side.</summary>
internal sealed class ServerPair : IAsyncDisposable
{
    private readonly TemporaryFolder folder;

    private ServerPair(TemporaryFolder folder, ServerProcess netcd, ServerProcess etcd)
    {
        this.folder = folder;
        Netcd = netcd;
        Etcd = etcd;
    }

    public ServerProcess Netcd { get; }

    public ServerProcess Etcd { get; }

    /// <summary>A place for files of the test.</summary>
    public string Folder => folder.Path;

    public static async Task<ServerPair> StartAsync(params string[] more)
    {
        TemporaryFolder folder = new();
        ServerProcess? etcd = null;
        try
        {
            etcd = await ServerProcess.EtcdAsync(folder.At("etcd"), more);
            return new ServerPair(folder, await ServerProcess.NetcdAsync(folder.At("netcd"), more), etcd);
        }
        catch
        {
            if (etcd is not null)
            {
                await etcd.DisposeAsync();
            }

            folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Netcd.DisposeAsync();
        await Etcd.DisposeAsync();
        folder.Dispose();
    }
}
