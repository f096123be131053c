using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Starting;

/// <summary>How a member starts, refuses to start, and stops.</summary>
public sealed class StartTests
{
    private const int SegmentHeaderBytes = 200;

    [Fact]
    public async Task A_second_process_is_refused_the_directory_while_the_first_lives_on()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess first = await ServerProcess.NetcdAsync(folder.At("data"));
        await first.Channel.PutAsync("a", "1");
        (int exitCode, string log) = await ServerProcess.RefusedAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next());
        AssertClear(exitCode, log, "another process|in use|locked");
        Assert.Equal("1", (await first.Channel.PrefixAsync("a")).Kvs.Single().Value.ToStringUtf8());
    }

    [Fact]
    public async Task SIGTERM_ends_it_quickly()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        await netcd.Channel.PutAsync("a", "1");
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(143, await netcd.TerminateAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task An_occupied_port_is_named()
    {
        using TemporaryFolder folder = new();
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        (int exitCode, string log) = await ServerProcess.RefusedAsync(NetcdProgram.Path, folder.At("data"), port);
        AssertClear(exitCode, log, "address already in use");
    }

    [Fact]
    public async Task A_file_in_place_of_the_directory_is_named()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.At("data"), "a file");
        (int exitCode, string log) = await ServerProcess.RefusedAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next());
        AssertClear(exitCode, log, folder.At("data"));
    }

    [Fact]
    public async Task A_flipped_byte_in_the_log_stops_the_start_and_is_named()
    {
        using TemporaryFolder folder = new();
        await WriteAsync(folder.At("data"));
        string segment = Directory.GetFiles(Path.Combine(folder.At("data"), "member", "wal"), "*.wal")
            .Order(StringComparer.Ordinal).First();
        await using (FileStream file = new(segment, FileMode.Open))
        {
            // Inside an entry's data, well before the last one.
            file.Position = SegmentHeaderBytes + 400;
            int old = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(old ^ 0x55));
        }

        (int exitCode, string log) = await ServerProcess.RefusedAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next());
        AssertClear(exitCode, log, Path.GetFileName(segment));
    }

    [Fact]
    public async Task A_database_cut_short_stops_the_start_and_is_named()
    {
        using TemporaryFolder folder = new();
        await WriteAsync(folder.At("data"));
        string database = Path.Combine(folder.At("data"), "member", "snap", "db");
        await using (FileStream file = new(database, FileMode.Open))
        {
            file.SetLength(5000);
        }

        (int exitCode, string log) = await ServerProcess.RefusedAsync(NetcdProgram.Path, folder.At("data"), FreePort.Next());
        AssertClear(exitCode, log, database);
    }

    private static async Task WriteAsync(string directory)
    {
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(directory);
        await netcd.Channel.PutManyAsync("key/", 300);
        Assert.Equal(143, await netcd.TerminateAsync());
    }

    /// <summary>One line for the operator that says what is wrong, no trace of a crash.</summary>
    private static void AssertClear(int exitCode, string log, string names)
    {
        Assert.NotEqual(0, exitCode);
        Assert.DoesNotContain("Unhandled exception", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        Assert.True(names.Split('|').Any(name => log.Contains(name, StringComparison.OrdinalIgnoreCase)), $"nothing names {names}:\n{log}");
    }
}
