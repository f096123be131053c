using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;
using Netcd.Server.Configuration;
using Netcd.Server.Hosting;
using Netcd.Server.Peers;
using Netcd.Server.Peers.Sending;
using Netcd.Server.Peers.Serving;
using Netcd.Server.Security;

namespace Netcd.Server.Tests.Configuration;

public sealed class LogTests
{
    private static readonly DateTimeOffset Moment = new(2026, 3, 1, 9, 30, 0, 120, TimeSpan.FromHours(2));

    [Fact]
    public void The_message_of_an_event_is_the_same_whatever_its_values_which_stand_in_fields()
    {
        foreach (ulong id in (ulong[])[7, 0xabcd_ef01_2345_6789])
        {
            string line = Line(log => log.RemovedPeer(new HexId(1), new HexId(id)));
            Assert.Matches(
                $$"""^{"level":"info","ts":"[0-9T:.-]+Z","logger":"netcd","caller":"netcd/RemovedPeer","msg":"removed remote peer","event-id":2503,"local-member-id":"1","removed-remote-peer-id":"{{id:x}}"}$""",
                line);
        }
    }

    [Fact]
    public void Values_are_typed_and_durations_moments_and_lists_are_written_as_by_etcd()
    {
        Assert.EndsWith(
            ""","snapshot-index":18446744073709551615,"remote-peer-id":"a","bytes":4096,"took":"1.5s"}""",
            Line(log => log.SentSnapshot(ulong.MaxValue, new HexId(10), 4096, TimeSpan.FromSeconds(1.5))),
            StringComparison.Ordinal);
        Assert.EndsWith(
            ""","message-type":"Append","local-member-id":"1","remote-peer-id":"2","remote-peer-active":true,"dropped-messages":3}""",
            Line(log => log.DroppedOutgoingMessage(MessageType.Append, new HexId(1), new HexId(2), true, 3)),
            StringComparison.Ordinal);
        Assert.EndsWith(
            ""","name":"m1","data-dir":"/d","advertise-peer-urls":["http://a:1","http://b:2"],"advertise-client-urls":[]}""",
            Line(log => log.ClosingServer("m1", "/d", ["http://a:1", "http://b:2"], [])),
            StringComparison.Ordinal);
        Assert.EndsWith(
            ""","certificate-validity-bound-not-after":"2026-03-01T07:30:00.120000Z"}""",
            Line(log => log.GeneratingCertificates(Moment)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_stands_in_the_error_and_what_is_not_there_is_left_out()
    {
        JsonNode line = JsonNode.Parse(Line(log => log.LostMessage(new InvalidOperationException("odd"), new HexId(5))))!;
        Assert.Equal(("error", "5"), ((string?)line["level"], (string?)line["remote-peer-id"]));
        Assert.Contains("odd", (string?)line["error"], StringComparison.Ordinal);
        Assert.EndsWith(
            ""","event-id":2704,"error":"eof"}""",
            Line(log => log.FailedToReadMessage(null, "eof")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_failed_with_a_peer_is_said_in_etcds_words() => Assert.EndsWith(
        """msg":"peer became inactive (message send to peer failed)","event-id":2402,"peer-id":"1f","error":"failed to dial 1f on stream (i/o timeout)"}""",
        Line(log => log.BecameInactive(new HexId(31), new PeerFailure("dial", new HexId(31), "stream", "i/o timeout"))),
        StringComparison.Ordinal);

    [Fact]
    public void A_line_for_the_console_has_columns_and_the_values_behind_the_message() => Assert.Matches(
        "^\\S+Z\tinfo\tnetcd/BecameActive\tpeer became active\t{\"peer-id\":\"ff\"}\n"
            + "\\S+Z\tinfo\tnetcd/Ready\tready to serve client requests\n$",
        Write(LogFormat.Console, LogLevel.Information, log =>
        {
            log.BecameActive(new HexId(255));
            log.Ready();
        }));

    [Fact]
    public void What_the_framework_logs_keeps_its_message() => Assert.Contains(
        "\"logger\":\"netcd\",\"caller\":\"netcd\",\"msg\":\"took 7 ms\",\"took-ms\":7}",
        Write(LogFormat.Json, LogLevel.Information, log => log.LogWarning("took {TookMs} ms", 7)), StringComparison.Ordinal);

    [Fact]
    public void What_is_below_the_level_is_left_out() =>
        Assert.Equal("", Write(LogFormat.Json, LogLevel.Error, log => log.LogWarning("x")));

    [Fact]
    public void An_event_that_is_below_the_level_costs_no_memory()
    {
        using ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Error), LogFormat.Json, TextWriter.Null);
        ILogger log = logging.CreateLogger("netcd");
        LogManyTimes(log);
        long before = GC.GetAllocatedBytesForCurrentThread();
        LogManyTimes(log);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Outputs_are_streams_and_files_and_each_gets_every_line()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "before\n");
        using StringWriter standard = new() { NewLine = "\n" };
        using StringWriter errors = new() { NewLine = "\n" };
        using (TextWriter target = LogTargets.Open(["stdout", "stderr"], standard, errors, null))
        {
            target.WriteLine("one");
        }

        using (TextWriter target = LogTargets.Open([path], standard, errors, null))
        {
            target.WriteLine("two");
        }

        Assert.Equal(("one\n", "one\n"), (standard.ToString(), errors.ToString()));
        Assert.Equal(["before", "two"], File.ReadAllLines(path));
        File.Delete(path);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_told() =>
        Assert.Throws<ConfigurationException>(() => LogTargets.Open(["/does/not/exist/x.log"], TextWriter.Null, TextWriter.Null, null));

    private static string Line(Action<ILogger> write) => Write(LogFormat.Json, LogLevel.Information, write).TrimEnd('\n');

    private static void LogManyTimes(ILogger log)
    {
        for (ulong n = 0; n < 1_000; n++)
        {
            log.IgnoredUnknownTarget(MessageType.Append, new HexId(n));
            log.DeactivatedAgain(new HexId(n), new PeerFailure("dial", new HexId(n), "stream", "i/o timeout"));
            log.DroppedOutgoingMessage(MessageType.Append, new HexId(1), new HexId(n), true, (long)n);
        }
    }

    private static string Write(LogFormat format, LogLevel least, Action<ILogger> write)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using (ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(least), format, output))
        {
            write(logging.CreateLogger("netcd"));
        }

        return output.ToString();
    }
}
