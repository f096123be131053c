using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>The audit log: what a line says, and that no call waits for it whatever happens to its file.</summary>
public sealed class AuditLogTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 3, 1, 9, 30, 0, 123, TimeSpan.Zero);
    private static readonly AuditLogOptions Quick = AuditLogOptions.Default with { RetryDelay = TimeSpan.FromMilliseconds(5) };

    private readonly TemporaryFolder folder = new();
    private readonly EventList events = new();

    [Fact]
    public void A_line_says_who_did_what_and_what_came_of_it()
    {
        Assert.Equal(
            """{"time":"2026-03-01T09:30:00.123Z","user":"ålice <a+b>","address":"10.0.0.1:4711","certificate":"c"""
            + """n","method":"/etcdserverpb.KV/Put","key":"/registry/päds 'x'","range_end":"/registry0","code":"Permission"""
            + """Denied","error":"etcdserver: \"no\"","revision":7,"auth_revision":3}""" + "\n",
            Line(new AuditRecord
            {
                Time = Time,
                User = "ålice <a+b>",
                Address = "10.0.0.1:4711",
                CertificateName = "cn",
                Method = "/etcdserverpb.KV/Put",
                Key = "/registry/päds 'x'"u8,
                RangeEnd = "/registry0"u8,
                Code = "PermissionDenied",
                Error = "etcdserver: \"no\"",
                Revision = 7,
                AuthRevision = 3,
            }));
        Assert.Equal("""{"time":"2026-03-01T09:30:00.123Z"}""" + "\n", Line(new AuditRecord { Time = Time }));
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0x61, 0xff })]
    [InlineData(new byte[] { 0x61, 0x0a })]
    [InlineData(new byte[] { 0x61, 0x7f })]
    [InlineData(new byte[] { 0xc2, 0x85 })]
    [InlineData(new byte[] { 0xe2, 0x80, 0xae })]
    [InlineData(new byte[] { 0xe2, 0x80, 0xa8 })]
    [InlineData(new byte[] { 0xc3 })]
    public void A_key_that_a_terminal_does_not_show_stands_in_another_field_in_base_64(byte[] key)
    {
        JsonElement line = JsonDocument.Parse(Line(new AuditRecord { Key = key, RangeEnd = key })).RootElement;
        Assert.Equal(key, line.GetProperty("key_base64").GetBytesFromBase64());
        Assert.Equal(key, line.GetProperty("range_end_base64").GetBytesFromBase64());
        Assert.False(line.TryGetProperty("key", out _) || line.TryGetProperty("range_end", out _));
    }

    [Fact]
    public void A_line_has_a_bound_and_is_one_line_whatever_a_caller_sends()
    {
        string line = Line(new AuditRecord
        {
            User = "a\nb\u2028\ud800" + new string('☃', 1_000_000),
            Error = new string('\u0001', 1_000_000),
            Key = new byte[1_500_000],
            RangeEnd = Encoding.UTF8.GetBytes(new string('é', 3_000)),
        });
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.InRange(line.Length, 1, 30_000);
        JsonElement read = JsonDocument.Parse(line).RootElement;
        Assert.StartsWith("a\nb\u2028\ufffd☃☃", read.GetProperty("user").GetString(), StringComparison.Ordinal);
        Assert.Equal(1_500_000, read.GetProperty("key_length").GetInt32());
        Assert.Equal(6_000, read.GetProperty("range_end_length").GetInt32());
        Assert.Equal(new string('é', 2_048), read.GetProperty("range_end").GetString());
    }

    [Fact]
    public void To_write_a_record_allocates_nothing()
    {
        using AuditLog log = new(new Output(), Quick with { MaxPendingBytes = 100_000 }, TimeProvider.System, NullLogger.Instance);
        for (int index = 0; index < 5_000; index++)
        {
            Write(log, "warm up");
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int index = 0; index < 500; index++)
        {
            Write(log, "key");
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000);
    }

    [Fact]
    public async Task Every_record_of_every_thread_is_a_line_of_its_own()
    {
        string path = folder.At("audit.log");
        using (AuditLog log = AuditLog.Open(path, TimeProvider.System, events))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
            {
                for (int index = 0; index < 500; index++)
                {
                    Write(log, $"{thread} {index}");
                }
            })));
        }

        string[] keys = [.. KeysOf(File.ReadAllText(path))];
        Assert.Equal(2_000, keys.Length);
        foreach (int thread in Enumerable.Range(0, 4))
        {
            string[] expected = [.. Enumerable.Range(0, 500).Select(index => $"{thread} {index}")];
            Assert.Equal(expected, keys.Where(key => key.StartsWith($"{thread} ", StringComparison.Ordinal)));
        }

        Assert.Empty(events.Messages);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task A_write_that_hangs_holds_up_no_call_and_what_is_lost_is_counted()
    {
        Output output = new();
        output.Hold();
        AuditLog log = new(output, Quick with { MaxPendingBytes = 4_000 }, TimeProvider.System, events);
        Write(log, "first");
        await Poll.UntilAsync(() => Task.FromResult(output.IsHeld));
        for (int index = 0; index < 1_000; index++)
        {
            Write(log, $"key{index}");
        }

        long dropped = log.Dropped;
        Assert.InRange(dropped, 800, 999);
        output.Release();
        await Poll.UntilAsync(() => Task.FromResult(output.Text.Contains("\"dropped\"", StringComparison.Ordinal)));
        Write(log, "last");
        log.Dispose();
        Write(log, "after the end");

        string[] lines = output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement report = JsonDocument.Parse(
            Assert.Single(lines, static line => line.Contains("dropped", StringComparison.Ordinal))).RootElement;
        Assert.Equal(dropped, report.GetProperty("dropped").GetInt64());
        Assert.Equal(1_000 - dropped + 3, lines.Length);
        string[] keys = [.. KeysOf(output.Text)];
        Assert.Equal("first", keys[0]);
        Assert.Equal("key0", keys[1]);
        Assert.Equal("last", keys[^1]);
        Assert.Equal(dropped + 1, log.Dropped);
    }

    [Fact]
    public async Task A_write_that_fails_is_warned_of_once_and_tried_again_until_it_succeeds()
    {
        Output output = new() { Failures = 5 };
        using AuditLog log = new(output, Quick, TimeProvider.System, events);
        Write(log, "a");
        await Poll.UntilAsync(() => Task.FromResult(output.Text.Contains("\"a\"", StringComparison.Ordinal)));
        Assert.Equal(5, log.Failures);
        Assert.Equal(["failed to write to the audit log; trying again"], events.Messages);
        Write(log, "b");
        await Poll.UntilAsync(() => Task.FromResult(output.Text.Contains("\"b\"", StringComparison.Ordinal)));
        Assert.Equal(["a", "b"], KeysOf(output.Text));
        Assert.Equal(0, log.Dropped);
    }

    [Fact]
    public void The_end_does_not_wait_for_a_disk_that_fails()
    {
        Output output = new() { Failures = int.MaxValue };
        AuditLog log = new(output, Quick with { RetryDelay = TimeSpan.FromHours(1) }, TimeProvider.System, events);
        Write(log, "a");
        Write(log, "b");
        log.Dispose();
        log.Dispose();
        Assert.Equal(2, log.Dropped);
    }

    [Fact]
    public void A_large_file_gives_way_to_a_new_one_and_some_are_kept()
    {
        string path = folder.At("audit.log");
        using (AuditFile file = new(path, maxBytes: 20, keptFiles: 2))
        {
            for (int number = 0; number < 8; number++)
            {
                file.Write(Encoding.ASCII.GetBytes($"line number {number}\n"));
            }
        }

        Assert.Equal(["audit.log", "audit.log.1", "audit.log.2"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal("line number 7\n", File.ReadAllText(path));
        Assert.Equal("line number 6\n", File.ReadAllText(path + ".1"));
        Assert.Equal("line number 5\n", File.ReadAllText(path + ".2"));
    }

    [Fact]
    public void A_file_goes_on_where_it_ended_and_a_line_that_was_cut_is_ended()
    {
        string path = folder.At("audit.log");
        File.WriteAllText(path, "whole\nhal");
        using (AuditFile file = new(path))
        {
            file.Write("next\n"u8);
        }

        using (AuditFile file = new(path))
        {
            file.Write("last\n"u8);
        }

        Assert.Equal("whole\nhal\nnext\nlast\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_file_may_be_emptied_or_taken_away_under_it()
    {
        string path = folder.At("audit.log");
        using AuditFile file = new(path);
        file.Write("one\n"u8);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            stream.SetLength(0);
        }

        file.Write("two\n"u8);
        Assert.Equal("two\n", File.ReadAllText(path));
        File.Move(path, path + ".taken");
        file.Write("three\n"u8);
        Assert.Equal("three\n", File.ReadAllText(path));
        Assert.Equal("two\n", File.ReadAllText(path + ".taken"));
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_found_at_once()
    {
        Assert.ThrowsAny<IOException>(() => AuditLog.Open(folder.At("no/such/folder/audit.log"), TimeProvider.System, events));
        Assert.ThrowsAny<UnauthorizedAccessException>(() => AuditLog.Open(folder.Path, TimeProvider.System, events));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a pipe has no path");
        using AnonymousPipeServerStream pipe = new(PipeDirection.In);
        string path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        IOException failure = Assert.ThrowsAny<IOException>(() => AuditLog.Open(path, TimeProvider.System, events));
        Assert.Equal($"{path} is not a file", failure.Message);
    }

    [Fact]
    public void A_disk_that_is_full_leaves_no_half_of_a_line()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        using AuditFile file = new("/dev/full");
        Assert.ThrowsAny<IOException>(() => file.Write("one\n"u8));
    }

    public void Dispose() => folder.Dispose();

    private static string Line(in AuditRecord record) => Encoding.UTF8.GetString(AuditLine.Of(record));

    private static void Write(AuditLog log, string key) => log.Write(new AuditRecord
    {
        Time = Time,
        User = "alice",
        Method = "/etcdserverpb.KV/Put",
        Key = Encoding.UTF8.GetBytes(key),
        Code = "OK",
    });

    /// <summary>The keys of all lines that have one, each line being JSON.</summary>
    private static IEnumerable<string> KeysOf(string text) =>
        from line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let key = JsonDocument.Parse(line).RootElement.TryGetProperty("key", out JsonElement value) ? value.GetString() : null
        where key is not null
        select key;

    /// <summary>Memory that can hang and fail.</summary>
    private sealed class Output : AuditOutput
    {
        private readonly ManualResetEventSlim open = new(initialState: true);
        private readonly MemoryStream written = new();
        private volatile bool isHeld;

        public int Failures { get; set; }

        public bool IsHeld => isHeld;

        public string Text
        {
            get
            {
                lock (written)
                {
                    return Encoding.UTF8.GetString(written.ToArray());
                }
            }
        }

        public void Hold() => open.Reset();

        public void Release() => open.Set();

        public override void Write(ReadOnlySpan<byte> lines)
        {
            isHeld = !open.IsSet;
            open.Wait();
            if (Failures-- > 0)
            {
                throw new IOException("no space left");
            }

            lock (written)
            {
                written.Write(lines);
            }
        }

        public override void Dispose() => open.Dispose();
    }
}
