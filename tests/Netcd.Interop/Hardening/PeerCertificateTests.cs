using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Hardening;

/// <summary>On the peer port a certificate of the right authority has to be one for the address that it comes from (finding H8).</summary>
public sealed class PeerCertificateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;

    public PeerCertificateTests() => authority = new TestAuthority(folder.Path, "authority");

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, "--experimental-peer-skip-client-san-verification")]
    [InlineData(true, "--experimental-peer-skip-client-san-verification")]
    public async Task H8_a_peers_certificate_is_held_against_its_address_as_etcd_does(bool isEtcd, string skip)
    {
        (string certificate, string key) = authority.Sign("member");
        int port = FreePort.Next();
        string url = $"https://127.0.0.1:{port}";
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            isEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder.At("data"), FreePort.Next(),
            [
                "--listen-peer-urls", url, "--initial-advertise-peer-urls", url,
                "--initial-cluster", "default=" + url, "--peer-cert-file", certificate,
                "--peer-key-file", key, "--peer-trusted-ca-file", authority.File,
                "--peer-client-cert-auth", .. skip.Length > 0 ? (string[])[skip] : [],
            ]);
        bool isSkipped = skip.Length > 0;
        Assert.Equal((true, true), (await AsksAsync(url, "address", ["127.0.0.1"], []),
            await AsksAsync(url, "names-it", ["10.9.9.9"], ["elsewhere.invalid", "localhost"])));
        Assert.True(await AsksAsync(url, "none", [], []));
        Assert.Equal(isSkipped, await AsksAsync(url, "other-address", ["10.9.9.9"], []));
        Assert.Equal(isSkipped, await AsksAsync(url, "other-name", [], ["elsewhere.invalid", "*.invalid"]));
        Assert.Equal(isSkipped, await AsksAsync(url, "both-other", ["10.9.9.9"], ["elsewhere.invalid"]));
        if (!isEtcd && !isSkipped)
        {
            await server.HasLoggedAsync("rejected connection on peer endpoint");
        }
    }

    [Fact]
    public async Task H8_clients_may_come_from_anywhere_as_with_etcd()
    {
        (string certificate, string key) = authority.Sign("server");
        foreach (string program in (string[])[NetcdProgram.Path, await EtcdPrograms.EtcdAsync()])
        {
            int port = FreePort.Next();
            string url = $"https://127.0.0.1:{port}";
            await using ServerProcess server = await ServerProcess.ReadyAsync(
                program, folder.At("data-" + port), port, "--listen-client-urls",
                url, "--advertise-client-urls", url, "--cert-file", certificate,
                "--key-file", key, "--trusted-ca-file", authority.File, "--client-cert-auth");
            Assert.True(await AsksAsync(url, "client-elsewhere", ["10.9.9.9"], []));
        }
    }

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    /// <summary>Whether a question is answered that comes with a certificate for these addresses and names.</summary>
    private async Task<bool> AsksAsync(string url, string name, string[] addresses, string[] names)
    {
        (string certificate, string key) = authority.Sign(name, addresses, names);
        return (await Command.RunAsync(
            "curl", "-s", "--http1.1", "--max-time", "20", "--cacert", authority.File,
            "--cert", certificate, "--key", key, url + "/version")).ExitCode == 0;
    }
}
