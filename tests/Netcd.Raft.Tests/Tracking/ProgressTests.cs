namespace Netcd.Raft.Tests.Tracking;

public class ProgressTests
{
    [Fact]
    public void A_probe_pauses_after_one_append_with_entries()
    {
        Progress progress = Member(match: 0, next: 5);
        progress.SentEntries(0, 0);
        Assert.False(progress.IsPaused);
        progress.SentEntries(2, 10);
        Assert.True(progress.IsPaused);
        Assert.Equal(5UL, progress.Next);
    }

    [Fact]
    public void Replication_runs_ahead_until_the_window_is_full()
    {
        Progress progress = Member(match: 4, next: 5, window: 2);
        progress.BecomeReplicate();
        progress.SentEntries(3, 10);
        Assert.Equal(8UL, progress.Next);
        Assert.False(progress.IsPaused);
        progress.SentEntries(1, 10);
        Assert.True(progress.IsPaused);
        Assert.True(progress.TryUpdate(7));
        Assert.False(progress.IsPaused);
    }

    [Theory]
    [InlineData(7, false, 7, 10)]
    [InlineData(8, true, 8, 10)]
    [InlineData(12, true, 12, 13)]
    public void An_acknowledgement_moves_match_and_next_forward_only(ulong acknowledged, bool isNews, ulong match, ulong next)
    {
        Progress progress = Member(match: 7, next: 10);
        Assert.Equal(isNews, progress.TryUpdate(acknowledged));
        Assert.Equal((match, next), (progress.Match, progress.Next));
    }

    // While probing only the refusal of the append just sent counts.
    [Theory]
    [InlineData(9, 9, true, 9)]
    [InlineData(9, 5, true, 6)]
    [InlineData(9, 0, true, 3)]
    [InlineData(8, 5, false, 10)]
    [InlineData(11, 5, false, 10)]
    public void A_refused_probe_goes_back_to_the_hint_but_not_below_the_match(ulong rejected, ulong hint, bool isNews, ulong next)
    {
        Progress progress = Member(match: 2, next: 10);
        Assert.Equal(isNews, progress.TryDecrease(rejected, hint));
        Assert.Equal(next, progress.Next);
    }

    [Fact]
    public void A_refusal_in_replication_goes_back_to_the_match_unless_it_is_old()
    {
        Progress progress = Member(match: 5, next: 6);
        progress.BecomeReplicate();
        progress.SentEntries(4, 1);
        Assert.False(progress.TryDecrease(5, 5));
        Assert.Equal(10UL, progress.Next);
        Assert.True(progress.TryDecrease(9, 9));
        Assert.Equal(6UL, progress.Next);
    }

    [Fact]
    public void After_a_snapshot_the_probe_goes_on_behind_it_unless_it_failed()
    {
        Progress sent = Member(match: 1, next: 5);
        sent.BecomeSnapshot(10);
        Assert.True(sent.IsPaused);
        Assert.Throws<RaftInvariantException>(() => sent.SentEntries(1, 1));
        sent.BecomeProbe();
        Assert.Equal(11UL, sent.Next);

        Progress failed = Member(match: 1, next: 5);
        failed.BecomeSnapshot(10);
        failed.SnapshotFailed();
        Assert.Equal(2UL, failed.Next);
    }

    [Fact]
    public void A_commit_index_is_worth_sending_when_it_is_news_and_within_reach()
    {
        Progress progress = Member(match: 4, next: 5);
        progress.BecomeReplicate();
        Assert.True(progress.CanBumpCommit(2));
        progress.SentCommit(2);
        Assert.False(progress.CanBumpCommit(2));
        Assert.True(progress.CanBumpCommit(9));
        progress.SentCommit(4);
        Assert.False(progress.CanBumpCommit(9));
    }

    [Fact]
    public void A_member_answers_until_two_checks_of_the_quorum_have_heard_nothing_of_it()
    {
        Progress progress = Member(match: 4, next: 5);
        progress.BeginActivity();
        Assert.Equal((false, true), (progress.RecentActive, progress.IsAnswering));
        progress.BeginActivity();
        Assert.False(progress.IsAnswering);
        progress.RecentActive = true;
        Assert.True(progress.IsAnswering);
    }

    private static Progress Member(ulong match, ulong next, int window = 10) =>
        new(match, next, new Inflights(window, 0), isLearner: false, recentActive: true);
}
