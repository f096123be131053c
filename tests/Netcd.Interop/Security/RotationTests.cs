using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Security;

/// <summary>
/// A cluster with mutual TLS goes over to another authority while it serves: authorities, certificates, keys and revocation lists of all
/// members change under load, bad files among them, and no request fails.
/// </summary>
public sealed class RotationTests : IDisposable
{
    private const string Kept = "failed to reload changed certificates; keeping those from before";
    private const int Members = 3;

    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority former;
    private readonly TestAuthority later;
    private readonly int[] clients = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly int[] peers = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
    private readonly int[] served = new int[Members];
    private volatile X509Certificate2 shown;

    public RotationTests()
    {
        former = new TestAuthority(folder.Path, "former");
        later = new TestAuthority(folder.Path, "later");
        shown = Load(former.Sign("former-client"));
    }

    [Fact]
    public async Task All_files_of_all_members_change_under_load_and_no_request_fails()
    {
        Replace("ca.pem", former.Pem);
        Replace("revoked.pem", former.Revoke());
        WritePairs(former);
        ServerProcess[] members = await Task.WhenAll(Enumerable.Range(0, Members).Select(StartAsync));
        try
        {
            using CancellationTokenSource stop = new();
            ConcurrentQueue<string> failures = [];
            Task[] load = [.. Enumerable.Range(0, Members).Select(member => LoadAsync(member, failures, stop.Token))];
            await ServedAsync();
            string both = former.Pem + '\n' + later.Pem;
            Replace("ca.pem", both);
            Assert.All(await AskAllAsync(Load(later.Sign("early"))), Assert.True);
            WritePairs(later, "bad", "mismatch");
            foreach (string bad in (string[])["", "garbage"])
            {
                Replace("ca.pem", bad);
                Replace("revoked.pem", bad);
                await Task.WhenAll(clients.Concat(peers).Select(port => IssuerAsync(port)));
                await ServedAsync();
                Assert.All(await AskAllAsync(Load(later.Sign("early"))), Assert.True);
            }

            Assert.All(members, static member => Assert.Contains(Kept, member.Log, StringComparison.Ordinal));
            Replace("ca.pem", both);
            (string Certificate, string Key) revoked = later.Sign("revoked");
            Replace("revoked.pem", later.Revoke(revoked.Certificate));
            WritePairs(later);
            await Task.WhenAll(clients.Concat(peers).Select(port => Poll.UntilAsync(async () => await IssuerAsync(port) == "CN=later")));
            await ServedAsync();
            shown = Load(later.Sign("later-client"));

            // A connection may have begun with the certificate from before: it ends its handshake while both authorities count.
            await ServedAsync();
            Replace("ca.pem", later.Pem);
            Assert.All(await AskAllAsync(Load(former.Sign("late"))), Assert.False);
            Assert.All(await AskAllAsync(Load(revoked)), Assert.False);
            Assert.All(await AskAllAsync(shown), Assert.True);
            await ServedAsync();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            Assert.True(failures.IsEmpty, string.Join('\n', failures));

            // One that comes back knows the new authority alone: the others have to show it their new certificates, and trust its own.
            await members[0].KillAsync();
            await members[0].DisposeAsync();
            members[0] = await StartAsync(0);
            using HttpClient client = Client(clients[0]);
            Assert.Contains("\"revision\"", await PutAsync(client, "after", CancellationToken.None), StringComparison.Ordinal);
        }
        finally
        {
            foreach (ServerProcess member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    public void Dispose()
    {
        former.Dispose();
        later.Dispose();
        folder.Dispose();
    }

    private static X509Certificate2 Load((string Certificate, string Key) pair) =>
        X509Certificate2.CreateFromPemFile(pair.Certificate, pair.Key);

    private static async Task<string> PutAsync(HttpClient client, string key, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync(
            "/v3/kv/put", new { key = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key)) }, cancellation);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellation);
    }

    private Task<ServerProcess> StartAsync(int member)
    {
        string client = $"https://127.0.0.1:{clients[member]}";
        string peer = $"https://127.0.0.1:{peers[member]}";
        string initial = string.Join(',', peers.Select(static (port, i) => $"m{i}=https://127.0.0.1:{port}"));
        (string certificate, string key) = (folder.At($"m{member}.crt"), folder.At($"m{member}.key"));
        return ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("data" + member), clients[member], "--name", "m" + member,
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", initial,
            "--cert-file", certificate, "--key-file", key, "--trusted-ca-file", folder.At("ca.pem"), "--client-cert-auth",
            "--client-crl-file", folder.At("revoked.pem"), "--peer-cert-file", certificate, "--peer-key-file", key,
            "--peer-trusted-ca-file", folder.At("ca.pem"), "--peer-client-cert-auth", "--peer-crl-file", folder.At("revoked.pem"));
    }

    /// <summary>Puts a file in the place of another.</summary>
    private void Replace(string name, string text)
    {
        File.WriteAllText(folder.At(name + ".new"), text);
        File.Move(folder.At(name + ".new"), folder.At(name), overwrite: true);
    }

    /// <summary>Signs a pair for each member; of a mismatch the certificate is replaced alone.</summary>
    private void WritePairs(TestAuthority authority, params string[] words)
    {
        for (int member = 0; member < Members; member++)
        {
            (string certificate, string key) = authority.Sign($"member{member}");
            Replace($"m{member}.crt", File.ReadAllText(certificate));
            if (words.Length == 0)
            {
                Replace($"m{member}.key", File.ReadAllText(key));
            }
        }
    }

    /// <summary>Waits until every member has served some more of the load.</summary>
    private Task ServedAsync()
    {
        int[] before = [.. served];
        return Poll.UntilAsync(() => Task.FromResult(before.Zip(served).All(static counts => counts.Second >= counts.First + 3)));
    }

    /// <summary>Puts keys until it is stopped, by a new connection each tenth of a second.</summary>
    private async Task LoadAsync(int member, ConcurrentQueue<string> failures, CancellationToken stop)
    {
        using HttpClient client = Client(clients[member]);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await PutAsync(client, $"k{member}-{served[member] % 100}", stop);
                Interlocked.Increment(ref served[member]);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException)
            {
                failures.Enqueue($"after {served[member]} puts at member {member}: {failure}");
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
    }

    private HttpClient Client(int port) => new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMilliseconds(100),
        ConnectCallback = async (_, cancellation) =>
        {
            SslStream stream = await ConnectAsync(port, shown, cancellation);
            return stream;
        },
    })
    {
        // Encrypted by the callback, which shows the certificate of the moment.
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
    };

    private static async Task<SslStream> ConnectAsync(int port, X509Certificate2 certificate, CancellationToken cancellation)
    {
        TcpClient client = new() { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port, cancellation);
        SslStream stream = new(client.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ClientCertificates = [certificate],
                    RemoteCertificateValidationCallback =
                        static (_, server, _, _) => server?.Issuer is "CN=former" or "CN=later",
                },
                cancellation);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Who has signed the certificate that a port shows.</summary>
    private async Task<string> IssuerAsync(int port)
    {
        await using SslStream stream = await ConnectAsync(port, shown, CancellationToken.None);
        return stream.RemoteCertificate!.Issuer;
    }

    /// <summary>Whether each port of each member answers those who show this certificate.</summary>
    private Task<bool[]> AskAllAsync(X509Certificate2 certificate) =>
        Task.WhenAll(clients.Concat(peers).Select(port => AsksAsync(port, certificate)));

    /// <summary>Whether a port answers those who show this certificate.</summary>
    private static async Task<bool> AsksAsync(int port, X509Certificate2 certificate)
    {
        try
        {
            await using SslStream stream = await ConnectAsync(port, certificate, CancellationToken.None);
            await stream.WriteAsync("GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
            using StreamReader reader = new(stream);
            return (await reader.ReadToEndAsync()).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }
}
