using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Server.Configuration;
using Netcd.Server.Peers.Sending;

namespace Netcd.Server.Tests.Configuration;

/// <summary>Lines of the log on their way to journald: a real socket of datagrams stands in its place.</summary>
public sealed class JournalWriterTests : IDisposable
{
    private const string Prefix = "NETCD_";

    private readonly TemporaryFolder folder = new();
    private readonly Socket journal = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly StringWriter errors = new() { NewLine = "\n" };

    public JournalWriterTests()
    {
        journal.ReceiveTimeout = 10_000;
        journal.Bind(new UnixDomainSocketEndPoint(SocketPath));
    }

    private string SocketPath => folder.At("socket");

    public void Dispose()
    {
        journal.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(LogLevel.Debug, "7", "debug")]
    [InlineData(LogLevel.Information, "6", "info")]
    [InlineData(LogLevel.Warning, "4", "warn")]
    [InlineData(LogLevel.Error, "3", "error")]
    [InlineData(LogLevel.Critical, "2", "fatal")]
    public void A_line_has_its_levels_priority_its_fields_and_itself_as_the_message(LogLevel level, string priority, string name)
    {
        Write(LogFormat.Json, log => JournalLines.Took(log, level, 5));
        Dictionary<string, string> fields = Receive();
        Assert.Equal((priority, "some-member", "77", "5", "netcd"), (
            fields["PRIORITY"], fields["SYSLOG_IDENTIFIER"],
            fields[Prefix + "EVENT_ID"], fields[Prefix + "TOOK_MS"], fields[Prefix + "LOGGER"]));
        Assert.StartsWith($"{{\"level\":\"{name}\"", fields["MESSAGE"], StringComparison.Ordinal);
        Assert.EndsWith("\"took-ms\":5}", fields["MESSAGE"], StringComparison.Ordinal);
        Assert.Equal("", errors.ToString());
    }

    [Fact]
    public void A_value_of_several_lines_is_whole()
    {
        Write(LogFormat.Json, log => log.LostMessage(new InvalidOperationException("first\nsecond"), new HexId(5)));
        Dictionary<string, string> fields = Receive();
        Assert.Contains("first\nsecond", fields[Prefix + "ERROR"], StringComparison.Ordinal);
        Assert.Equal("5", fields[Prefix + "REMOTE_PEER_ID"]);
    }

    [Fact]
    public void A_line_for_the_console_has_its_priority_too()
    {
        Write(LogFormat.Console, log => log.FailedToReadMessage());
        Dictionary<string, string> fields = Receive();
        Assert.Equal(["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER"], fields.Keys.Order());
        Assert.Equal("4", fields["PRIORITY"]);
        Assert.Contains("\twarn\tnetcd/FailedToReadMessage\todd", fields["MESSAGE"], StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_journal_does_not_take_goes_to_standard_error()
    {
        Write(LogFormat.Json, static log => log.LogWarning("long {Text}", new string('x', 4 << 20)));
        Assert.Contains("xxxx", errors.ToString(), StringComparison.Ordinal);
        errors.GetStringBuilder().Clear();
        journal.Dispose();
        File.Delete(SocketPath);
        Write(LogFormat.Json, static log => log.LogWarning("nobody listens"));
        Assert.Contains("\"msg\":\"nobody listens\"", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("systemd/journal,stderr", "[\"systemd/journal\" \"stderr\"]")]
    [InlineData("/tmp/x.log,systemd/journal", "[\"/tmp/x.log\" \"systemd/journal\"]")]
    public void Beside_other_outputs_it_is_refused_in_etcds_words(string outputs, string told)
    {
        ConfigurationResult result = Load.Arguments("--log-outputs", outputs);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(
            $"running with systemd/journal but other '--log-outputs' values ({told}) are configured",
            result.Message,
            StringComparison.Ordinal);
    }

    private void Write(LogFormat format, Action<ILogger> act)
    {
        using JournalWriter target = new(SocketPath, "some-member", format, errors);
        using ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Debug), format, target);
        act(logging.CreateLogger("netcd"));
    }

    /// <summary>The fields of a datagram: a name, and behind = its value, or on the next line the value's length and itself.</summary>
    private Dictionary<string, string> Receive()
    {
        byte[] buffer = new byte[1 << 20];
        ReadOnlySpan<byte> rest = buffer.AsSpan(0, journal.Receive(buffer));
        Dictionary<string, string> fields = [];
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOfAny((byte)'=', (byte)'\n');
            string name = Encoding.ASCII.GetString(rest[..end]);
            bool isLong = rest[end] == '\n';
            rest = rest[(end + 1)..];
            int length = isLong ? (int)BinaryPrimitives.ReadUInt64LittleEndian(rest) : rest.IndexOf((byte)'\n');
            rest = isLong ? rest[sizeof(ulong)..] : rest;
            fields.Add(name, Encoding.UTF8.GetString(rest[..length]));
            Assert.Equal((byte)'\n', rest[length]);
            rest = rest[(length + 1)..];
        }

        return fields;
    }
}

/// <summary>Lines of these tests.</summary>
internal static partial class JournalLines
{
    [LoggerMessage(78, LogLevel.Warning, "odd")]
    public static partial void FailedToReadMessage(this ILogger log);

    [LoggerMessage(EventId = 77, Message = "took some time")]
    public static partial void Took(ILogger log, LogLevel level, int tookMs);
}
