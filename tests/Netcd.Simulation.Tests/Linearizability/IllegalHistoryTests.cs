using Netcd.Simulation.Histories;
using static Netcd.Simulation.Tests.Linearizability.Kv;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>Histories that the checker must reject.</summary>
public sealed class IllegalHistoryTests
{
    private const string Unexplained = "should have been answered";
    private const string WrittenByNobody = "can have written it";
    private const string SeenBefore = "had been seen before it began";

    [Fact]
    public void A_stale_linearizable_read() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("a", "2"), PutDone(3))
        .Then(Get("a"), Found(2, Pair("a", "1", 2)))
        .IsRejected(SeenBefore);

    [Fact]
    public void A_stale_answer_under_the_newest_revision() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("a", "2"), PutDone(3))
        .Then(Get("a"), Found(3, Pair("a", "1", 2)))
        .IsRejected(Unexplained);

    [Fact]
    public void An_acknowledged_write_is_lost() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Get("a"), Found(2))
        .IsRejected(Unexplained);

    [Fact]
    public void A_put_is_applied_twice() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Get("a"), Found(3, Pair("a", "1", 3, created: 2, version: 2)))
        .IsRejected(WrittenByNobody);

    [Fact]
    public void An_unknown_put_is_applied_twice() => new Story()
        .Lose(Put("a", "1"))
        .Then(Get("a"), Found(3, Pair("a", "1", 3, created: 2, version: 2)))
        .IsRejected(WrittenByNobody);

    [Fact]
    public void An_unknown_put_comes_and_goes() => new Story()
        .Lose(Put("a", "1"))
        .Then(Get("a"), Found(2, Pair("a", "1", 2)))
        .Then(Get("a"), Found(2))
        .IsRejected(Unexplained);

    [Fact]
    public void A_put_is_seen_before_it_began() => new Story()
        .Then(Get("a"), Found(2, Pair("a", "1", 2)))
        .Lose(Put("a", "1"))
        .IsRejected(WrittenByNobody);

    [Fact]
    public void Two_writes_share_a_revision()
    {
        Story story = new();
        Operation first = story.Begin(Put("a", "1"));
        Operation second = story.Begin(Put("b", "2"));
        story.End(first, PutDone(2)).End(second, PutDone(2)).IsRejected("two writes have revision 2");
    }

    [Fact]
    public void A_revision_is_skipped() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("a", "2"), PutDone(4))
        .IsRejected(WrittenByNobody);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_write_has_a_revision_that_no_write_can_have(long revision) => new Story()
        .Then(Put("a", "1"), PutDone(revision))
        .IsRejected("no store gives revision");

    [Fact]
    public void A_read_has_a_revision_that_no_store_has() => new Story()
        .Then(Get("a"), Found(0, Pair("a", "1", 2)))
        .IsRejected("no store gives revision");

    [Fact]
    public void The_order_of_two_writes_is_inverted() => new Story()
        .Then(Put("a", "1"), PutDone(3))
        .Then(Put("a", "2"), PutDone(2))
        .IsRejected(SeenBefore);

    [Theory]
    [InlineData("1", false)]
    [InlineData("2", true)]
    public void A_transaction_compares_wrongly(string value, bool succeeded) => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(PutIf("a", value, "3", "4"), PutIfDone(3, succeeded))
        .IsRejected(Unexplained);

    [Fact]
    public void A_transaction_takes_the_wrong_branch() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(PutIf("a", "1", "3", "4"), PutIfDone(3, succeeded: true))
        .Then(Get("a"), Found(3, Pair("a", "4", 3, created: 2, version: 2)))
        .IsRejected(Unexplained);

    [Fact]
    public void A_read_of_the_past_has_a_wrong_value() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("a", "2"), PutDone(3))
        .Then(Get("a", revision: 2), Found(3, Pair("a", "2", 2)))
        .IsRejected(Unexplained);

    [Fact]
    public void A_read_of_a_revision_to_come_is_answered() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Get("a", revision: 3), Found(2, Pair("a", "1", 2)))
        .IsRejected("read the future");

    [Fact]
    public void A_serializable_read_sees_what_was_not_yet_asked_for() => new Story()
        .Then(Get("a", serializable: true), Found(2, Pair("a", "1", 2)))
        .Then(Put("a", "1"), PutDone(2))
        .IsRejected(SeenBefore);

    [Fact]
    public void A_serializable_read_sees_what_nobody_wrote() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Get("a", serializable: true), Found(3, Pair("a", "2", 3, created: 2, version: 2)))
        .IsRejected(WrittenByNobody);

    [Fact]
    public void A_serializable_read_mixes_two_revisions() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("a", "2"), PutDone(3))
        .Then(Get("a", serializable: true), Found(2, Pair("a", "2", 3, created: 2, version: 2)))
        .IsRejected(Unexplained);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_deletion_counts_wrongly(long count) => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("b", "2"), PutDone(3))
        .Then(Delete("a", "c"), Deleted(4, count))
        .IsRejected(Unexplained);
}
