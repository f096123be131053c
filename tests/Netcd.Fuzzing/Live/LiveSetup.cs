using System.Net.Security;
using Netcd.Testing.Security;

namespace Netcd.Fuzzing.Live;

/// <summary>The folder, the addresses and the certificates of a server that is attacked.</summary>
internal sealed class LiveSetup : IDisposable
{
    public const string MemberName = "target";

    /// <summary>The least: a log-in is to be tried often, and what a hash costs is not in question here.</summary>
    public const int BcryptCost = 4;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("netcd-fuzzing-");
    private readonly TestAuthority? authority;

    public LiveSetup(LivePort port)
    {
        string scheme = port.HasTls ? "https" : "http";
        ClientUrl = new Uri($"{scheme}://127.0.0.1:{FreePort.Next()}");
        PeerUrl = new Uri($"{scheme}://127.0.0.1:{FreePort.Next()}");
        if (port.HasTls)
        {
            authority = new TestAuthority(folder.FullName, "fuzzing");
            Tls = authority.Sign("server");
        }
    }

    public Uri ClientUrl { get; }

    public Uri PeerUrl { get; }

    public string DataDirectory => Path.Combine(folder.FullName, "data");

    /// <summary>The server's certificate and key; null where it speaks no TLS.</summary>
    public (string Certificate, string Key)? Tls { get; }

    /// <summary>How a client speaks TLS with it that trusts the one who signed its certificate.</summary>
    public SslClientAuthenticationOptions ClientOptions() => TestAuthority.ClientOptions(authority?.File ?? "");

    public void Dispose()
    {
        authority?.Dispose();
        folder.Delete(recursive: true);
    }
}
