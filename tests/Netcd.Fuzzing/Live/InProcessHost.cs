using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.Hosting;
using Netcd.Server.Security;

namespace Netcd.Fuzzing.Live;

/// <summary>A server of one member in this process: quick to start, and an exception in it is seen where it is thrown.</summary>
internal sealed class InProcessHost : ILiveHost
{
    private readonly EtcdServer server;
    private volatile string? failure;

    public InProcessHost(LiveSetup setup)
    {
        (ClientUrl, PeerUrl) = (setup.ClientUrl, setup.PeerUrl);
        TlsOptions tls = setup.Tls is { } files ? new TlsOptions { CertFile = files.Certificate, KeyFile = files.Key } : new TlsOptions();
        ServerOptions options = new()
        {
            Node = new NodeOptions
            {
                Name = LiveSetup.MemberName,
                DataDirectory = setup.DataDirectory,
                InitialCluster = new Dictionary<string, IReadOnlyList<string>> { [LiveSetup.MemberName] = [PeerUrl.OriginalString] },
                AdvertiseClientUrls = [ClientUrl.OriginalString],
                HeartbeatMilliseconds = 10,
                ElectionMilliseconds = 100,
            },
            ListenClientUrls = [ClientUrl],
            ListenPeerUrls = [PeerUrl],
            AdvertisePeerUrls = [PeerUrl.OriginalString],
            ClientTls = tls,
            PeerTls = tls,
            BcryptCost = LiveSetup.BcryptCost,
        };
        server = EtcdServer.StartAsync(options, NullLoggerFactory.Instance, (stage, thrown) => failure = $"{stage}: {thrown}")
            .GetAwaiter().GetResult();
    }

    public Uri ClientUrl { get; }

    public Uri PeerUrl { get; }

    public long MemoryBytes => GC.GetTotalMemory(forceFullCollection: true);

    public int Descriptors => ProcessFigures.Descriptors(Environment.ProcessId);

    public string? Failure => failure;

    public void Dispose() => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
