using Google.Protobuf;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Checking.Linearizability;
using Netcd.Simulation.Histories;
using static Netcd.Simulation.Tests.Linearizability.Kv;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>Which reads of the past may be refused as compacted, and which have to be.</summary>
public sealed class CompactionRulesTests
{
    private const string Unasked = "nobody had asked for that";
    private const string Answered = "at a revision that had been compacted";

    private readonly History history = new(static () => 0);

    [Fact]
    public void A_read_that_is_refused_where_nothing_was_compacted()
    {
        Refuse(Begin(Get("a", revision: 2)));
        IsRejected(Unasked);
    }

    [Fact]
    public void A_read_that_is_refused_before_the_compaction_is_asked_for()
    {
        Refuse(Begin(Get("a", revision: 2)));
        Compact(3);
        IsRejected(Unasked);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void A_read_at_the_compacted_revision_itself_is_not_refused(long compacted, bool isLegal)
    {
        Compact(compacted);
        Refuse(Begin(Get("a", revision: 2)));
        IsRejected(isLegal ? null : Unasked);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public void A_read_below_the_compacted_revision_is_not_answered(long compacted, bool isLegal)
    {
        Compact(compacted);
        Answer(Begin(Get("a", revision: 2)));
        IsRejected(isLegal ? null : Answered);
    }

    [Fact]
    public void A_compaction_that_was_refused_compacts_nothing()
    {
        history.Refuse(Begin(Compaction(3)), EtcdErrors.FutureRevision);
        Refuse(Begin(Get("a", revision: 2)));
        IsRejected(Unasked);
    }

    [Fact]
    public void A_compaction_of_unknown_outcome_may_have_compacted()
    {
        history.Forget(Begin(Compaction(3)), null);
        Refuse(Begin(Get("a", revision: 2)));
        Answer(Begin(Get("a", revision: 2)));
        IsRejected(null);
    }

    [Fact]
    public void A_read_beside_a_compaction_may_have_either_answer()
    {
        Operation compaction = Begin(Compaction(3));
        Operation answered = Begin(Get("a", revision: 2));
        Refuse(Begin(Get("a", revision: 2)));
        history.Answer(compaction, new CompactionResponse { Header = At(3) });
        Answer(answered);
        IsRejected(null);
    }

    [Fact]
    public void A_serializable_read_may_come_from_a_member_that_is_behind()
    {
        Compact(3);
        Answer(Begin(Get("a", revision: 2, serializable: true)));
        IsRejected(null);
    }

    [Fact]
    public void A_read_of_the_present_has_nothing_to_do_with_it()
    {
        Compact(3);
        Answer(Begin(Get("a")));
        IsRejected(null);
    }

    [Fact]
    public void The_checker_of_histories_asks_for_it()
    {
        Refuse(Begin(Get("a", revision: 2)));
        LinearizabilityVerdict verdict = LinearizabilityChecker.Check(history);
        Assert.False(verdict.IsLinearizable);
        Assert.Contains(Unasked, verdict.Fault, StringComparison.Ordinal);
    }

    private static CompactionRequest Compaction(long revision) => new() { Revision = revision };

    private Operation Begin(IMessage request) => history.Invoke(history.NewProcess(), request);

    private void Compact(long revision) => history.Answer(Begin(Compaction(revision)), new CompactionResponse { Header = At(revision) });

    private void Refuse(Operation read) => history.Refuse(read, EtcdErrors.Compacted);

    private void Answer(Operation read) => history.Answer(read, Found(3, Pair("a", "1", 2)));

    /// <summary>For the reason given; null where it must pass.</summary>
    private void IsRejected(string? reason)
    {
        string? fault = CompactionRules.Check(history.Operations);
        if (reason is null)
        {
            Assert.Null(fault);
            return;
        }

        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }
}
