using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Netcd.Storage.Tests.Etcd;

/// <summary>A real etcd of one member on a directory of ours, spoken to over its JSON gateway.</summary>
internal sealed class EtcdProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly HttpClient client;
    private readonly StringBuilder output = new();

    private EtcdProcess(Process process, Uri address)
    {
        this.process = process;
        client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
    }

    public static string PeerUrl { get; } = "http://127.0.0.1:" + FreePort();

    /// <summary>The program; skips the test where there is none, unless one is required.</summary>
    public static string Find()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("NETCD_TEST_ETCD"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(static part => Path.Combine(part, "etcd")),
            Path.Combine(home, ".cache/netcd/etcd/usr/bin/etcd"),
        ];
        string? found = candidates.Select(static c => Directory.Exists(c) ? Path.Combine(c, "etcd") : c).FirstOrDefault(File.Exists);
        if (found is null && Environment.GetEnvironmentVariable("NETCD_REQUIRE_ETCD") == "1")
        {
            Assert.Fail("an etcd is required and there is none");
        }

        Assert.SkipWhen(found is null, "there is no etcd: set NETCD_TEST_ETCD to its path");
        return found!;
    }

    public static async Task<EtcdProcess> StartAsync(string dataDirectory, params string[] more)
    {
        var address = new Uri("http://127.0.0.1:" + FreePort());
        var start = new ProcessStartInfo(Find()) { RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "--name", "one", "--data-dir", dataDirectory, "--listen-client-urls", address.OriginalString, "--advertise-client-urls", address.OriginalString,
            "--listen-peer-urls", PeerUrl, "--initial-advertise-peer-urls", PeerUrl, "--initial-cluster", "one=" + PeerUrl, .. more,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var etcd = new EtcdProcess(Process.Start(start)!, address);
        etcd.process.OutputDataReceived += etcd.Note;
        etcd.process.ErrorDataReceived += etcd.Note;
        etcd.process.BeginOutputReadLine();
        etcd.process.BeginErrorReadLine();
        await etcd.UntilHealthyAsync();
        return etcd;
    }

    public async Task<JsonElement> CallAsync(string path, string body)
    {
        using HttpResponseMessage response = await client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task PutAsync(string key, string value) =>
        await CallAsync("/v3/kv/put", $"{{\"key\":\"{Base64(key)}\",\"value\":\"{Base64(value)}\"}}");

    public async Task<List<string>> AllAsync()
    {
        JsonElement found = await CallAsync("/v3/kv/range", "{\"key\":\"AA==\",\"range_end\":\"AA==\"}");
        return [.. found.GetProperty("kvs").EnumerateArray().Select(static kv => $"{kv.GetProperty("key")}={kv.GetProperty("value")}@{kv.GetProperty("mod_revision")}")];
    }

    public async Task<(ulong Index, ulong Term)> StatusAsync()
    {
        JsonElement status = await CallAsync("/v3/maintenance/status", "{}");
        return (Number(status, "raftIndex"), Number(status, "raftTerm"));
    }

    public static ulong Number(JsonElement element, string name) =>
        ulong.Parse(element.GetProperty(name).GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>SIGTERM, and until it has gone.</summary>
    public void Stop()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.True(process.WaitForExit(Deadline));
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
        client.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            output.AppendLine(line.Data);
        }
    }

    private async Task UntilHealthyAsync()
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Deadline && !process.HasExited; await Task.Delay(20))
        {
            try
            {
                if ((await client.GetStringAsync(new Uri("/health", UriKind.Relative))).Contains("\"true\"", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
            }
        }

        lock (output)
        {
            Assert.Fail("etcd did not come up:\n" + output);
        }
    }
}
