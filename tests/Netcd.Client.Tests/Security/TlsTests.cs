using Netcd.Client;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.ClientTests.Security;

public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;
    private readonly TestAuthority stranger;

    public TlsTests()
    {
        authority = new TestAuthority(folder.Path, "authority");
        stranger = new TestAuthority(folder.Path, "stranger");
    }

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Only_members_that_the_authority_vouches_for_under_their_name_are_spoken_to(Server server)
    {
        (string certificate, string key) = authority.Sign("server");
        await using ServerProcess process = await StartAsync(server, "--cert-file", certificate, "--key-file", key);
        await PutAsync(process, new EtcdTlsOptions { CaFile = authority.File });
        await PutAsync(process, new EtcdTlsOptions { CaFile = authority.File, ServerName = "localhost" });
        await PutAsync(process, new EtcdTlsOptions { SkipVerify = true });
        EtcdTlsOptions[] refused =
        [
            new EtcdTlsOptions { CaFile = stranger.File }, new EtcdTlsOptions(),
            new EtcdTlsOptions { CaFile = authority.File, ServerName = "elsewhere.example" },
        ];
        foreach (EtcdTlsOptions options in refused)
        {
            EtcdUnavailableException thrown = await Assert.ThrowsAsync<EtcdUnavailableException>(() => PutAsync(process, options));
            Assert.Contains("certificate", thrown.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_certificate_is_shown_with_those_above_it_and_read_again_when_it_is_replaced(Server server)
    {
        (string certificate, string key) = authority.Sign("server");
        await using ServerProcess process = await StartAsync(
            server, "--cert-file", certificate, "--key-file", key, "--client-cert-auth", "--trusted-ca-file", authority.File);
        using TestAuthority between = authority.Below("between");
        (string good, string goodKey) = between.Sign("good");
        (string bad, string badKey) = stranger.Sign("bad");
        EtcdTlsOptions shown = new()
        {
            CaFile = authority.File,
            CertificateFile = folder.At("shown.crt"),
            KeyFile = folder.At("shown.key"),
        };
        File.Copy(bad, shown.CertificateFile);
        File.Copy(badKey, shown.KeyFile);
        await Assert.ThrowsAnyAsync<EtcdException>(() => PutAsync(process, shown with { CertificateFile = null, KeyFile = null }));
        await using EtcdClient client = ClientOf(process, shown);
        await Assert.ThrowsAnyAsync<EtcdException>(() => client.Keys.GetAsync("a"));
        await File.WriteAllTextAsync(shown.CertificateFile, await File.ReadAllTextAsync(good) + "\n" + between.Pem);
        File.Copy(goodKey, shown.KeyFile, overwrite: true);
        await client.Keys.PutAsync("a", "b");
        await File.WriteAllTextAsync(shown.KeyFile, "nothing that is a key");
        EtcdException thrown = await Assert.ThrowsAnyAsync<EtcdException>(() => PutAsync(process, shown));
        Assert.Contains(shown.CertificateFile, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_whose_time_is_over_and_a_port_without_TLS_are_said_to_be_what_they_are()
    {
        (string certificate, string key) = authority.Sign("expired", days: -1);
        await using ServerProcess process = await StartAsync(Server.Etcd, "--cert-file", certificate, "--key-file", key);
        EtcdTlsOptions trusting = new() { CaFile = authority.File };
        EtcdUnavailableException thrown = await Assert.ThrowsAsync<EtcdUnavailableException>(() => PutAsync(process, trusting));
        Assert.Contains("NotTimeValid", thrown.Message, StringComparison.Ordinal);
        await using ServerProcess plain = await ServerProcess.NetcdAsync(folder.At("plain"));
        await Assert.ThrowsAsync<EtcdUnavailableException>(() => PutAsync(plain, trusting));
    }

    private static EtcdClient ClientOf(ServerProcess process, EtcdTlsOptions tls) =>
        new(new EtcdClientOptions { Endpoints = [process.Endpoint], Tls = tls, MaxRetries = 2 });

    private static async Task PutAsync(ServerProcess process, EtcdTlsOptions tls)
    {
        await using EtcdClient client = ClientOf(process, tls);
        await client.Keys.PutAsync("over TLS", "1");
        Assert.Equal("1", (await client.Keys.GetAsync("over TLS")).KeyValue!.ValueText);
    }

    private async Task<ServerProcess> StartAsync(Server server, params string[] more)
    {
        int port = FreePort.Next();
        string url = $"https://127.0.0.1:{port}";
        string program = server == Server.Netcd ? NetcdProgram.Path : await EtcdPrograms.EtcdAsync();
        return await ServerProcess.ReadyAsync(
            program, folder.At("data"), port, ["--listen-client-urls", url, "--advertise-client-urls", url, .. more]);
    }
}
