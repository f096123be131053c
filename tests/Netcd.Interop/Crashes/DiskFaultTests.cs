using System.Collections.Concurrent;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Crashes;

/// <summary>
/// The kernel refuses a write or a flush of the real process: nothing is acknowledged that is lost, nothing is tried again (after a failed
/// flush the kernel may have dropped what was to be written, and answer the next one with success), and the process ends.
/// </summary>
public sealed class DiskFaultTests
{
    private const int Writers = 4;
    private const string Log = "member/wal/0000000000000000-0000000000000000.wal";
    private const string Database = "member/snap/db";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Which call on which file fails: the n-th of a thread (once only: a second try would succeed, and must not be made), or all from it
    /// on.
    /// </summary>
    private static readonly (string File, string Call, string Error, string When)[] Few =
    [
        (Log, "fdatasync", "EIO", "30"), (Log, "pwrite64", "EIO", "30"), (Log, "pwrite64", "ENOSPC", "30+"),
        (Database, "fdatasync", "EIO", "14"), (Database, "pwrite64", "EIO", "13"),
    ];

    private static readonly int[] Moments = [1, 2, 3, 4, 5, 6, 7, 8, 13, 22, 39, 70];

    private static readonly Dictionary<string, string> Messages = new()
    {
        ["EIO"] = "Input/output error",
        ["ENOSPC"] = "No space left on device",
    };

    private static bool IsLong => Environment.GetEnvironmentVariable("NETCD_LONG_TESTS") == "1";

    /// <summary>
    /// Every file, call and error at many moments, those of a start among them. That the database finds no room ends nobody: see
    /// <see cref="Space.FullDiskTests"/>.
    /// </summary>
    private static IEnumerable<(string File, string Call, string Error, string When)> Many =>
        from file in new[] { Log, Database }
        from fault in new[] { ("fdatasync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC") }
        where (file, fault.Item2) != (Database, "ENOSPC")
        from moment in Moments
        select (file, fault.Item1, fault.Item2, $"{moment}");

    [Fact]
    public async Task Every_acknowledged_put_outlives_a_disk_that_fails()
    {
        using TemporaryFolder folder = new();
        string data = folder.At("data");
        await InitializeAsync(data);
        ConcurrentDictionary<string, long> acknowledged = new();
        int round = 0;
        foreach ((string file, string call, string error, string when) in IsLong ? Few.Concat(Many) : Few)
        {
            int before = acknowledged.Count;
            SystemCallFault fault = new(call, "error=" + error, when, Path.Combine(data, file), folder.At($"trace{round++:000}"));
            await FailAsync(data, fault, Messages[error], acknowledged);
            Assert.True(acknowledged.Count > before || IsLong, $"nothing was acknowledged before {fault}");
        }

        await AssertHoldsAsync(data, acknowledged);
    }

    [Fact]
    public async Task A_flush_that_a_signal_interrupts_is_begun_again()
    {
        using TemporaryFolder folder = new();
        string data = folder.At("data");
        await InitializeAsync(data);
        SystemCallFault fault = new("fdatasync", "error=EINTR", "5+2", Path.Combine(data, Log), folder.At("trace"));
        ConcurrentDictionary<string, long> acknowledged = new();
        await using (ServerProcess netcd = await ServerProcess.UnderFaultAsync(fault, data))
        {
            for (int n = 0; n < 20; n++)
            {
                acknowledged[$"r{n}"] = (await netcd.Channel.PutAsync($"r{n}", $"r{n}")).Header.Revision;
            }

            Assert.Contains(fault.SinceFault(), static line => line.Contains("EINTR", StringComparison.Ordinal));
            await netcd.KillAsync();
        }

        await AssertHoldsAsync(data, acknowledged);
    }

    /// <summary>A directory that is in use already: the faults hit a member that has something to lose.</summary>
    private static async Task InitializeAsync(string data)
    {
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(data);
        await netcd.Channel.PutAsync("before", "it");
        await netcd.KillAsync();
    }

    /// <summary>Writes until the fault comes, and asserts how the process takes it.</summary>
    private static async Task FailAsync(string data, SystemCallFault fault, string told, ConcurrentDictionary<string, long> acknowledged)
    {
        await using ServerProcess netcd = await ServerProcess.UnderFaultAsync(fault, data);
        string prefix = $"r{Path.GetFileName(fault.TracePath)}/";
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(netcd, $"{prefix}{writer}/", acknowledged)));
        int exitCode = await netcd.EndedAsync();
        Assert.True(exitCode == 1, $"exit code {exitCode} after {fault}\n{netcd.Log}");
        Assert.Contains("\"level\":\"fatal\"", netcd.Log, StringComparison.Ordinal);
        Assert.Contains(told, netcd.Log, StringComparison.Ordinal);

        string[] since = fault.SinceFault();
        Assert.True(since.Length > 0, "the fault has not come");

        // Room that is refused may be asked for again, and is refused again.
        Assert.True(
            since.All(static line => line.Contains("(INJECTED)", StringComparison.Ordinal)),
            "the file is used on:\n" + string.Join('\n', since));
    }

    /// <summary>Puts one key after another, large enough that the database has to grow, until the server is gone; only answered ones
    /// count.</summary>
    private static async Task WriteAsync(ServerProcess netcd, string prefix, ConcurrentDictionary<string, long> acknowledged)
    {
        using CancellationTokenSource late = new(Deadline);
        for (int n = 0; !netcd.HasExited; n++)
        {
            Assert.False(late.IsCancellationRequested, "the fault has not ended the process:\n" + netcd.Log);
            string key = prefix + n;
            try
            {
                acknowledged[key] = (await netcd.Channel.PutAsync(key, Value(key))).Header.Revision;
            }
            catch (RpcException)
            {
                return;
            }
        }
    }

    private static string Value(string key) => key.PadRight(2_000, '.');

    /// <summary>Without the fault the member starts, holds all, counts on, and holds the same after another start.</summary>
    private static async Task AssertHoldsAsync(string data, ConcurrentDictionary<string, long> acknowledged)
    {
        (long Revision, uint Hash, RangeResponse All) content;
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(data))
        {
            Dictionary<string, KeyValue> found = (await netcd.Channel.PrefixAsync("r")).Kvs.ToDictionary(
                static kv => kv.Key.ToStringUtf8());
            foreach ((string key, long revision) in acknowledged)
            {
                Assert.True(found.TryGetValue(key, out KeyValue? kv), $"{key} of revision {revision} is lost");
                Assert.Equal(revision, kv.ModRevision);
                Assert.Equal(key, kv.Value.ToStringUtf8().TrimEnd('.'));
            }

            Assert.Equal(acknowledged.Count, acknowledged.Values.Distinct().Count());
            Assert.Single((await netcd.Channel.PrefixAsync("before")).Kvs);
            long next = (await netcd.Channel.PutAsync("after", "it")).Header.Revision;
            Assert.True(next > acknowledged.Values.Max(), $"revision {next} comes after {acknowledged.Values.Max()}");
            content = await netcd.Channel.ContentAsync();
            await netcd.KillAsync();
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(data);
        Assert.Equal(content, await again.Channel.ContentAsync());
    }
}
