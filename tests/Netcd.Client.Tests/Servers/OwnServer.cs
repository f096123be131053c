using Netcd.Client;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Servers;

/// <summary>A server of one test, which may kill it, stop it, start it again, and cut it off: clients reach it through a proxy.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private const int SignalContinue = 18;

    private readonly TemporaryFolder folder;
    private readonly string program;
    private readonly string[] more;

    private OwnServer(TemporaryFolder folder, string program, ServerProcess process, string[] more)
    {
        this.folder = folder;
        this.program = program;
        this.more = more;
        Process = process;
        Proxy = new TcpProxy(process.Port);
    }

    public ServerProcess Process { get; private set; }

    public TcpProxy Proxy { get; }

    public static async Task<string> ProgramOfAsync(Server server) =>
        server == Server.Netcd ? NetcdProgram.Path : await EtcdPrograms.EtcdAsync();

    public static async Task<OwnServer> StartAsync(Server server, params string[] more)
    {
        string program = await ProgramOfAsync(server);
        TemporaryFolder folder = new();
        try
        {
            return new OwnServer(folder, program, await ServerProcess.ReadyAsync(program, folder.At("data"), FreePort.Next(), more), more);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>A client that comes through the proxy, and notices soon that nobody is there.</summary>
    public EtcdClient NewClient(Func<EtcdClientOptions, EtcdClientOptions>? change = null)
    {
        EtcdClientOptions options = new()
        {
            Endpoints = [$"127.0.0.1:{Proxy.Port}"],
            DialTimeout = TimeSpan.FromSeconds(1),
            KeepAliveTime = TimeSpan.FromSeconds(1),
            KeepAliveTimeout = TimeSpan.FromSeconds(1),
        };
        return new EtcdClient(change?.Invoke(options) ?? options);
    }

    public Task KillAsync() => Process.KillAsync();

    public async Task RestartAsync()
    {
        int port = Process.Port;
        await Process.DisposeAsync();
        Process = await ServerProcess.ReadyAsync(program, folder.At("data"), port, more);
    }

    /// <summary>The process stands still, with its connections open.</summary>
    public void Pause() => Freezing.Freeze(Process.Id);

    public void Resume() => Assert.Equal(0, ServerProcess.Kill(Process.Id, SignalContinue));

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Process.DisposeAsync();
        folder.Dispose();
    }
}
