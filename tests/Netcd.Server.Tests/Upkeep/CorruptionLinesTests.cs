using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Upkeep;
using Netcd.Server.Configuration;
using Netcd.Server.Upkeep;

namespace Netcd.Server.Tests.Upkeep;

/// <summary>Lines that no run without damage has: rules for them look for the fields that etcd 3.6 writes.</summary>
public sealed class CorruptionLinesTests
{
    [Fact]
    public void A_sum_that_has_changed_is_told_beside_the_one_from_before() => AssertFields(
        log => log.FoundHashMismatch(new ChangedHash(new MemberHash(9, 1, 2, 3), new MemberHash(9, 4, 5, 6))),
        """{"revision-1":1,"compact-revision-1":2,"hash-1":3,"revision-2":4,"compact-revision-2":5,"hash-2":6}""");

    [Fact]
    public void Members_that_differ_are_one_text() => AssertFields(
        log => log.CompactionHashesDiffer(new HexId(10), 1, 2, 3, 4, "b,c", true),
        """
        {"leader-id":"a","leader-revision":1,"leader-compact-revision":2,"leader-hash":3,"peer-hash":4,"peer-ids":"b,c","quorum-exist":true}
        """);

    [Fact]
    public void A_compaction_that_was_compared_has_etcds_odd_name_in_it()
    {
        CheckedCompaction compaction = new(7, 5);
        AssertFields(
            log => log.CheckedWholeCluster(2, compaction), """{"number-of-peers-checked":2,"revision":7,"compactRevision":5}""");
        AssertFields(
            log => log.SkippedCompaction(1, 2, compaction),
            """{"number-of-peers-checked":1,"number-of-peers":2,"revision":7,"compactRevision":5}""");
    }

    private static void AssertFields(Action<ILogger> act, string expected)
    {
        using StringWriter lines = new();
        using (ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Debug), LogFormat.Json, lines))
        {
            act(logging.CreateLogger("netcd"));
        }

        JsonObject fields = JsonNode.Parse(lines.ToString())!.AsObject();
        foreach (string head in (string[])["level", "ts", "logger", "caller", "msg", "event-id"])
        {
            Assert.True(fields.Remove(head), $"{head} is missing");
        }

        Assert.Equal(expected.Trim(), fields.ToJsonString());
    }
}
