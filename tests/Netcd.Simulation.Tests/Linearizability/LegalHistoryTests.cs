using Netcd.Simulation.Checking.Linearizability;
using Netcd.Simulation.Histories;
using static Netcd.Simulation.Tests.Linearizability.Kv;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>Histories that the checker must let pass.</summary>
public sealed class LegalHistoryTests
{
    [Fact]
    public void Nothing_has_happened() => new Story().IsLegal();

    [Fact]
    public void One_operation_after_the_other() => new Story()
        .Then(Get("a"), Found(1))
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("b", "2"), PutDone(3))
        .Then(PutIf("a", "1", "3", "4"), PutIfDone(4, succeeded: true))
        .Then(Get("a"), Found(4, Pair("a", "3", 4, created: 2, version: 2)))
        .Then(Get("a", revision: 3), Found(4, Pair("a", "1", 2)))
        .Then(Delete("a", "c"), Deleted(5, 2))
        .Then(Delete("a", "c"), Deleted(5, 0))
        .Then(Put("a", "5"), PutDone(6))
        .Then(Get("a"), Found(6, Pair("a", "5", 6)))
        .IsLegal();

    [Fact]
    public void An_unknown_put_took_effect() => new Story()
        .Lose(Put("a", "1"))
        .Then(Get("a"), Found(2, Pair("a", "1", 2)))
        .IsLegal();

    [Fact]
    public void An_unknown_put_took_no_effect() => new Story()
        .Lose(Put("a", "1"))
        .Then(Get("a"), Found(1))
        .Then(Put("a", "2"), PutDone(2))
        .Then(Get("a"), Found(2, Pair("a", "2", 2)))
        .IsLegal();

    [Fact]
    public void An_unknown_put_took_effect_late() => new Story()
        .Lose(Put("a", "1"))
        .Then(Put("a", "2"), PutDone(2))
        .Then(Get("a"), Found(2, Pair("a", "2", 2)))
        .Then(Get("a"), Found(3, Pair("a", "1", 3, created: 2, version: 2)))
        .IsLegal();

    [Fact]
    public void Writes_that_overlap_take_either_order()
    {
        Story story = new();
        Operation first = story.Begin(Put("a", "1"));
        Operation second = story.Begin(Put("a", "2"));
        story.End(first, PutDone(3)).End(second, PutDone(2))
            .Then(Get("a"), Found(3, Pair("a", "1", 3, created: 2, version: 2)))
            .IsLegal();
    }

    [Fact]
    public void A_serializable_read_is_old() => new Story()
        .Then(Put("a", "1"), PutDone(2))
        .Then(Put("a", "2"), PutDone(3))
        .Then(Get("a", serializable: true), Found(2, Pair("a", "1", 2)))
        .IsLegal();

    /// <summary>
    /// Two orders of the unknown puts lead to the same state, but a read of the past tells them apart: that one was in vain says
    /// nothing of the other.
    /// </summary>
    [Fact]
    public void A_read_of_the_past_tells_apart_what_is_the_same_now()
    {
        foreach (string first in (string[])["a", "b"])
        {
            string second = first == "a" ? "b" : "a";
            new Story()
                .Lose(Put("a", "1"))
                .Lose(Put("b", "1"))
                .Lose(Put("c", "1"))
                .Then(Delete("a", "c"), Deleted(4, 2))
                .Then(Get("c"), Found(5, Pair("c", "1", 5)))
                .Then(Get(second, revision: 2), Found(5))
                .IsLegal();
        }
    }

    [Fact]
    public void A_search_that_takes_too_many_steps_fails_and_says_so()
    {
        Story story = new Story().Lose(Put("a", "1")).Then(Get("a"), Found(2, Pair("a", "1", 2)));
        story.IsLegal();
        LinearizabilityVerdict verdict = story.Check(limit: 1);
        Assert.False(verdict.IsLinearizable);
        Assert.Contains("not decided within 1 steps", verdict.Fault);
    }
}
