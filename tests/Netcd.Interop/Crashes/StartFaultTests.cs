using System.Security.Cryptography;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Crashes;

/// <summary>
/// A file of the data directory cannot be read at the start: the member says so and ends, changes nothing, and starts when the disk is well
/// again. To take it for an empty or damaged one would lose what is in it.
/// </summary>
public sealed class StartFaultTests
{
    private const string Log = "member/wal/0000000000000000-0000000000000000.wal";
    private const string Database = "member/snap/db";
    private const string Snapshot = "member/snap/*.snap";

    private static readonly (string File, string Call, string When)[] Faults =
    [
        (Log, "pread64", "1+"), (Database, "pread64", "1"), (Database, "openat", "1+"), (Snapshot, "pread64", "1+"),
    ];

    private static readonly (string File, string Call, string When)[] More =
    [
        (Log, "pread64", "1"), (Log, "openat", "1+"), (Database, "pread64", "2"), (Snapshot, "openat", "1+"),
    ];

    [Fact]
    public async Task A_file_that_cannot_be_read_ends_the_start_and_stays_as_it_was()
    {
        using TemporaryFolder folder = new();
        string data = folder.At("data");
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(data, "--snapshot-count", "20"))
        {
            await netcd.Channel.PutManyAsync("key/", 60);
            await Poll.UntilAsync(() => Task.FromResult(Newest(data, Snapshot) is not null));
            await netcd.KillAsync();
        }

        Dictionary<string, string> before = Sums(data);
        int round = 0;
        foreach ((string file, string call, string when) in Environment.GetEnvironmentVariable("NETCD_LONG_TESTS") == "1"
            ? Faults.Concat(More)
            : Faults)
        {
            SystemCallFault fault = new(call, "error=EIO", when, Newest(data, file)!, folder.At($"trace{round++}"));
            await using ServerProcess netcd = await ServerProcess.UnderFaultAsync(fault, data);
            Assert.True(fault.SinceFault().Length > 0, $"{fault} has not come\n{netcd.Log}");
            Assert.Equal(1, await netcd.EndedAsync());
            string told = $"{fault}:\n{netcd.Log}";
            Assert.True(netcd.Log.Contains("\"level\":\"fatal\"", StringComparison.Ordinal), told);
            Assert.True(netcd.Log.Contains("Input/output error", StringComparison.Ordinal), told);
            Assert.True(netcd.Log.Contains(data, StringComparison.Ordinal), told);
            Assert.True(
                before.OrderBy(static sum => sum.Key).SequenceEqual(Sums(data).OrderBy(static sum => sum.Key)),
                "files have changed: " + told);
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(data);
        Assert.Equal(60, (await again.Channel.PrefixAsync("key/")).Kvs.Count);
    }

    [Fact]
    public async Task A_start_makes_the_name_of_every_directory_durable_that_it_makes_or_that_a_killed_one_has_made()
    {
        using TemporaryFolder folder = new();
        string data = folder.At("new/data");
        foreach (string above in (string[])[folder.At("."), folder.At("new"), data, Path.Combine(data, "member")])
        {
            for (int start = 0; start < 2; start++)
            {
                SystemCallFault fault = new("fsync", "error=EIO", "1", Path.GetFullPath(above).TrimEnd('/'), folder.At("trace"));
                await using ServerProcess netcd = await ServerProcess.UnderFaultAsync(fault, data);
                Assert.Equal(1, await netcd.EndedAsync());
                Assert.Contains("Input/output error", netcd.Log, StringComparison.Ordinal);
                Assert.Contains(fault.SinceFault(), static call => call.Contains("fsync(", StringComparison.Ordinal));
            }

            Directory.Delete(folder.At("new"), recursive: true);
        }
    }

    private static string? Newest(string data, string file)
    {
        string pattern = Path.Combine(data, file);
        return Directory.GetFiles(Path.GetDirectoryName(pattern)!, Path.GetFileName(pattern)).Max(StringComparer.Ordinal);
    }

    /// <summary>A sum of each file's bytes.</summary>
    private static Dictionary<string, string> Sums(string data) => Directory
        .GetFiles(data, "*", SearchOption.AllDirectories)
        .ToDictionary(static file => file, static file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
}
