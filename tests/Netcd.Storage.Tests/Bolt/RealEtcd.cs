using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>The original, as an oracle of its own file format.</summary>
internal sealed class RealEtcd : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient client = new() { Timeout = Patience };
    private readonly Process process;

    public RealEtcd(string dataDirectory)
    {
        int clientPort = FreePort();
        int peerPort = FreePort();
        ProcessStartInfo start = new(Tool("etcd"))
        {
            ArgumentList =
            {
                "--data-dir", dataDirectory, "--name", "original", "--log-level", "error",
                "--listen-client-urls", $"http://127.0.0.1:{clientPort}", "--advertise-client-urls", $"http://127.0.0.1:{clientPort}",
                "--listen-peer-urls", $"http://127.0.0.1:{peerPort}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peerPort}",
                "--initial-cluster", $"original=http://127.0.0.1:{peerPort}",
            },
            RedirectStandardError = true,
        };
        process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        client.BaseAddress = new Uri($"http://127.0.0.1:{clientPort}");
        WaitUntilReady();
    }

    /// <summary>Finds a tool of the original, or skips the test (fails it where it is required).</summary>
    public static string Tool(string name)
    {
        List<string> places = [];
        if (Environment.GetEnvironmentVariable("NETCD_TEST_ETCD") is { Length: > 0 } told)
        {
            places.Add(Directory.Exists(told) ? told : Path.GetDirectoryName(told)!);
        }

        places.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        places.Add(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/netcd/etcd/usr/bin"));
        if (places.Select(p => Path.Combine(p, name)).FirstOrDefault(File.Exists) is { } found)
        {
            return found;
        }

        Assert.SkipUnless(Environment.GetEnvironmentVariable("NETCD_REQUIRE_ETCD") == "1", $"{name} is not there: set NETCD_TEST_ETCD");
        throw new FileNotFoundException($"{name} is not there and NETCD_REQUIRE_ETCD is set");
    }

    public static string Run(string tool, params string[] arguments)
    {
        using Process run = Process.Start(new ProcessStartInfo(Tool(tool), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = run.StandardError.ReadToEndAsync();
        string output = run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        Assert.True(run.ExitCode == 0, $"{tool} {string.Join(' ', arguments)}: {error.Result}{output}");
        return output;
    }

    public void Put(string key, byte[] value) => Call("kv/put", new { key = Encode(key), value = Convert.ToBase64String(value) });

    public void Delete(string key) => Call("kv/deleterange", new { key = Encode(key) });

    public void Compact(long revision) => Call("kv/compaction", new { revision, physical = true });

    public byte[]? Get(string key)
    {
        JsonElement answer = Call("kv/range", new { key = Encode(key) });
        return answer.TryGetProperty("kvs", out JsonElement found) && found.GetArrayLength() == 1
            ? Convert.FromBase64String(found[0].TryGetProperty("value", out JsonElement value) ? value.GetString()! : "")
            : null;
    }

    public long CountAll() =>
        long.Parse(Call("kv/range", new { key = "AA==", range_end = "AA==", count_only = true }).GetProperty("count").GetString()!, null);

    /// <summary>Ends it in good order.</summary>
    public void Stop()
    {
        using Process signal = Process.Start("kill", $"-TERM {process.Id}");
        signal.WaitForExit();
        Assert.True(process.WaitForExit(Patience), "etcd does not end");
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
        client.Dispose();
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private JsonElement Call<T>(string method, T request)
    {
        using HttpResponseMessage answer = client.PostAsJsonAsync($"/v3/{method}", request).GetAwaiter().GetResult();
        Assert.True(answer.IsSuccessStatusCode, $"{method}: {answer.StatusCode}");
        return answer.Content.ReadFromJsonAsync<JsonElement>().GetAwaiter().GetResult();
    }

    private void WaitUntilReady()
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using HttpResponseMessage health = client.GetAsync("/health").GetAwaiter().GetResult();
                if (health.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            Assert.False(process.HasExited, "etcd ended");
            Assert.True(waited.Elapsed < Patience, "etcd does not get ready");
            Thread.Sleep(20);
        }
    }
}
