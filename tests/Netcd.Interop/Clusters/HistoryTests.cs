using Xunit.Sdk;

namespace Netcd.Interop.Clusters;

/// <summary>The checker of what clients saw tells right histories from wrong ones.</summary>
public sealed class HistoryTests
{
    private readonly History history = new();

    [Fact]
    public void Answers_in_the_order_of_their_times_are_right()
    {
        history.Put("a", "1", 2, began: 0, ended: 10);
        history.Read("a", "1", 2, 2, began: 11, ended: 12);
        history.Read("b", null, 0, 2, began: 11, ended: 12);
        history.AssertStrictlySerializable();
    }

    [Fact]
    public void A_read_that_misses_an_acknowledged_put_is_wrong()
    {
        history.Put("a", "1", 2, began: 0, ended: 10);
        history.Read("a", null, 0, 2, began: 11, ended: 12);
        AssertWrong();
    }

    [Fact]
    public void A_read_of_an_older_state_than_was_seen_is_wrong()
    {
        history.Put("a", "1", 5, began: 0, ended: 10);
        history.Read("b", null, 0, 4, began: 11, ended: 12);
        AssertWrong();
    }

    [Fact]
    public void A_put_without_answer_may_be_done_or_not()
    {
        history.Unknown("a", "1", began: 0);
        history.Unknown("b", "2", began: 0);
        history.Read("a", "1", 2, 2, began: 20, ended: 21);
        history.Read("b", null, 0, 2, began: 20, ended: 21);
        history.AssertStrictlySerializable();
    }

    [Fact]
    public void A_put_without_answer_that_was_seen_once_is_not_forgotten()
    {
        history.Unknown("a", "1", began: 0);
        history.Read("a", "1", 2, 2, began: 20, ended: 21);
        history.Read("a", null, 0, 2, began: 22, ended: 23);
        AssertWrong();
    }

    [Fact]
    public void A_put_without_answer_is_done_once_at_most()
    {
        history.Unknown("a", "1", began: 0);
        history.Read("a", "1", 2, 2, began: 20, ended: 21);
        history.Read("a", "1", 3, 3, began: 22, ended: 23);
        AssertWrong();
    }

    [Fact]
    public void A_put_without_answer_is_not_done_before_it_began()
    {
        history.Read("a", "1", 2, 2, began: 20, ended: 21);
        history.Unknown("a", "1", began: 30);
        AssertWrong();
    }

    [Fact]
    public void A_put_without_answer_is_not_done_at_a_revision_that_was_seen_before_it_began()
    {
        history.Read("b", null, 0, 9, began: 0, ended: 1);
        history.Unknown("a", "1", began: 2);
        history.Read("a", "1", 5, 9, began: 3, ended: 4);
        AssertWrong();
    }

    [Fact]
    public void A_value_that_nobody_put_is_wrong()
    {
        history.Read("a", "1", 2, 2, began: 20, ended: 21);
        AssertWrong();
    }

    [Fact]
    public void A_value_at_another_revision_than_its_put_was_told_is_wrong()
    {
        history.Put("a", "1", 2, began: 0, ended: 1);
        history.Read("a", "1", 3, 3, began: 20, ended: 21);
        AssertWrong();
    }

    private void AssertWrong() => Assert.ThrowsAny<XunitException>(history.AssertStrictlySerializable);
}
