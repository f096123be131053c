using System.Diagnostics;

namespace Netcd.Server.Tests.Gateway;

/// <summary>etcd itself, where it is installed, as a process of this test.</summary>
public sealed class RealEtcd : IAsyncLifetime
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-etcd");
    private Process? process;

    /// <summary>Speaks to it; null where it is not installed.</summary>
    public HttpClient? Client { get; private set; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } path)
        {
            return;
        }

        string url = $"http://127.0.0.1:{GatewayServer.FreePort()}";
        string peer = $"http://127.0.0.1:{GatewayServer.FreePort()}";
        ProcessStartInfo start = new(path) { RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "--data-dir", directory.FullName, "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer, "--log-level", "error",
        })
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        Client = new HttpClient { BaseAddress = new Uri(url) };
        await WaitAsync(Client);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        directory.Delete(recursive: true);
    }

    /// <summary>Where it is installed; null where it is not.</summary>
    public static string? Find()
    {
        string[] places =
        [
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "etcd")),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/netcd/etcd/usr/bin/etcd"),
        ];
        return Environment.GetEnvironmentVariable("NETCD_TEST_ETCD") is { Length: > 0 } named && File.Exists(named)
            ? named
            : places.FirstOrDefault(File.Exists);
    }

    private static async Task WaitAsync(HttpClient client)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if ((await client.GetAsync("/health")).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (waited.Elapsed < StartTime)
            {
                // Not listening yet.
            }

            Assert.True(waited.Elapsed < StartTime, "etcd did not start in time");
            await Task.Delay(20);
        }
    }
}
