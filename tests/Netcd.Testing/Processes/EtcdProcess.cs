using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Netcd.Testing.Processes;

/// <summary>A real etcd of one member, spoken to over its JSON gateway.</summary>
public sealed class EtcdProcess : IAsyncDisposable
{
    /// <summary>Its member's name.</summary>
    public const string Name = "one";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly StringBuilder output = new();

    private EtcdProcess(Process process, Uri address)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = address, Timeout = Deadline };
    }

    /// <summary>Its member's address for peers as it advertises it, the same at each start. Nobody calls it, and it listens elsewhere, so
    /// that several can run at once.</summary>
    public const string PeerUrl = "http://192.0.2.7:2380";

    /// <summary>Calls it.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts it on a data directory and waits until it serves. Skips the test where there is no etcd.</summary>
    public static async Task<EtcdProcess> StartAsync(string dataDirectory, params string[] more)
    {
        Uri address = new($"http://127.0.0.1:{FreePort.Next()}");
        ProcessStartInfo start = new(await EtcdPrograms.EtcdAsync()) { RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "--name", Name, "--data-dir", dataDirectory, "--listen-client-urls",
            address.OriginalString, "--advertise-client-urls", address.OriginalString,
            "--listen-peer-urls", $"http://127.0.0.1:{FreePort.Next()}",
            "--initial-advertise-peer-urls", PeerUrl, "--initial-cluster", $"{Name}={PeerUrl}", .. more,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        EtcdProcess etcd = new(Process.Start(start)!, address);
        etcd.process.OutputDataReceived += etcd.Note;
        etcd.process.ErrorDataReceived += etcd.Note;
        etcd.process.BeginOutputReadLine();
        etcd.process.BeginErrorReadLine();
        await etcd.UntilHealthyAsync();
        return etcd;
    }

    /// <summary>Calls a path of the gateway, which is to succeed.</summary>
    public async Task<JsonElement> CallAsync(string path, string body)
    {
        using StringContent content = new(body);
        using HttpResponseMessage response = await Client.PostAsync(new Uri(path, UriKind.Relative), content);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Task PutAsync(string key, string value) => PutAsync(key, Encoding.UTF8.GetBytes(value));

    public async Task PutAsync(string key, byte[] value) =>
        await CallAsync("/v3/kv/put", $$"""{"key":"{{Base64(key)}}","value":"{{Convert.ToBase64String(value)}}"}""");

    public async Task DeleteAsync(string key) => await CallAsync("/v3/kv/deleterange", $$"""{"key":"{{Base64(key)}}"}""");

    /// <summary>Compacts, and waits until that is on disk.</summary>
    public async Task CompactAsync(long revision) =>
        await CallAsync("/v3/kv/compaction", $$"""{"revision":"{{revision}}","physical":true}""");

    /// <summary>A key's value, or null.</summary>
    public async Task<byte[]?> GetAsync(string key)
    {
        JsonElement answer = await CallAsync("/v3/kv/range", $$"""{"key":"{{Base64(key)}}"}""");
        return answer.TryGetProperty("kvs", out JsonElement found)
            ? Convert.FromBase64String(found[0].TryGetProperty("value", out JsonElement value) ? value.GetString()! : "")
            : null;
    }

    /// <summary>The number of keys.</summary>
    public async Task<ulong> CountAsync() =>
        Number(await CallAsync("/v3/kv/range", """{"key":"AA==","range_end":"AA==","count_only":true}"""), "count");

    /// <summary>All keys with their values and revisions.</summary>
    public async Task<List<string>> AllAsync()
    {
        JsonElement found = await CallAsync("/v3/kv/range", """{"key":"AA==","range_end":"AA=="}""");
        return [.. found.GetProperty("kvs").EnumerateArray()
            .Select(static kv => $"{kv.GetProperty("key")}={kv.GetProperty("value")}@{kv.GetProperty("mod_revision")}")];
    }

    /// <summary>The last entry of its log.</summary>
    public async Task<(ulong Index, ulong Term)> StatusAsync()
    {
        JsonElement status = await CallAsync("/v3/maintenance/status", "{}");
        return (Number(status, "raftIndex"), Number(status, "raftTerm"));
    }

    /// <summary>A number that JSON has as a string.</summary>
    public static ulong Number(JsonElement element, string name) =>
        ulong.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    /// <summary>Ends it as the loss of its machine would, but for the disk's cache.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Ends it in good order.</summary>
    public async Task StopAsync()
    {
        (await Command.RunAsync("kill", "-TERM", process.Id.ToString(CultureInfo.InvariantCulture))).Succeeded();
        await process.WaitForExitAsync().WaitAsync(Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
        Client.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            output.AppendLine(line.Data);
        }
    }

    private async Task UntilHealthyAsync()
    {
        for (Stopwatch waited = Stopwatch.StartNew(); waited.Elapsed < Deadline && !process.HasExited; await Task.Delay(20))
        {
            try
            {
                if ((await Client.GetStringAsync(new Uri("/health", UriKind.Relative))).Contains("\"true\"", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet, or without a leader.
            }
        }

        await DisposeAsync();
        lock (output)
        {
            Assert.Fail("etcd did not come up:\n" + output);
        }
    }
}
