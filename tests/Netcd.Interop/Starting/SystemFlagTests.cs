using System.Globalization;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Starting;

/// <summary>Flags whose effect only the system sees.</summary>
public sealed class SystemFlagTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_flushed_only_where_that_is_asked_for(bool isUnsafe)
    {
        string data = folder.At("data");
        string database = Path.Combine(data, "member", "snap", "db");
        foreach (string call in (string[])["fdatasync", "fsync"])
        {
            // Every flush of the database fails: a member that flushes it ends.
            SystemCallFault fault = new(call, "error=EIO", "1+", database, folder.At($"trace-{call}"));
            string[] flags = isUnsafe ? ["--unsafe-no-fsync"] : [];
            await using ServerProcess netcd = await ServerProcess.UnderFaultAsync(fault, data, flags);
            if (isUnsafe)
            {
                await netcd.Channel.PutAsync("kept", call);
                await netcd.TerminateAsync();
                Assert.Empty(fault.SinceFault());
            }
            else if (call == "fdatasync")
            {
                Assert.NotEmpty(fault.SinceFault());
                return;
            }
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(data);
        Assert.Equal("fsync", (await again.Channel.PrefixAsync("kept")).Kvs.Single().Value.ToStringUtf8());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_database_is_kept_in_memory_where_that_is_asked_for(bool isAsked)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "locked memory is counted by Linux");
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), isAsked ? ["--memory-mlock"] : []);
        await netcd.Channel.PutAsync("a", new string('b', 1_000_000));
        string line = File.ReadLines($"/proc/{netcd.Id}/status").First(static line => line.StartsWith("VmLck:", StringComparison.Ordinal));
        long kilobytes = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        Assert.Equal(isAsked, kilobytes > 0);
        Assert.Equal(1_000_000, (await netcd.Channel.PrefixAsync("a")).Kvs.Single().Value.Length);
    }

    [Fact]
    public async Task Two_processes_listen_on_a_port_only_where_both_share_it()
    {
        int port = FreePort.Next();
        await using ServerProcess first = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("first"), port, "--socket-reuse-port");
        (int exitCode, string log) = await ServerProcess.RefusedAsync(NetcdProgram.Path, folder.At("second"), port);
        Assert.Equal(1, exitCode);
        Assert.Contains("bind: address already in use", log, StringComparison.Ordinal);
        await using ServerProcess third = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("third"), port, "--socket-reuse-port");
        Assert.False(first.HasExited);
    }
}
