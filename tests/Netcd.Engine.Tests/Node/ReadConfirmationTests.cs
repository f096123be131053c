using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Tests.Node;

/// <summary>Linearizable reads wait for the leader's word, and for the state that it names.</summary>
public sealed class ReadConfirmationTests
{
    private const ulong Index = 7;

    private readonly ConsensusMetrics metrics = new();
    private readonly ReadConfirmation reads;

    public ReadConfirmationTests() =>
        reads = new ReadConfirmation(new RequestIds(1, static bound => bound - 1), new NodeTiming(100, 1000, 7000), metrics);

    /// <summary>Nothing may be applied, proposed or heard in the meantime: the question itself is asked again (etcd PR 14269).</summary>
    [Fact]
    public void A_read_whose_question_was_lost_is_asked_again_and_answered()
    {
        Read read = Ask();
        Assert.NotNull(reads.NextQuestion(1_000));
        Assert.Null(reads.NextQuestion(1_001));
        Assert.True(reads.NextDeadline < 2_000, "nobody wakes up to ask again");

        byte[]? again = reads.NextQuestion(reads.NextDeadline);
        Assert.NotNull(again);
        reads.Confirm(again, Index, applied: Index);
        Assert.True(read.IsComplete);
        Assert.Equal((0, 0), (metrics.SlowReadIndexes.Value, metrics.FailedReadIndexes.Value));
    }

    [Fact]
    public void A_question_whose_leader_is_lost_has_failed_and_one_that_no_read_waits_for_any_more_was_slow()
    {
        reads.LeaderChanged();
        Read first = Ask(EtcdErrors.Timeout);
        Read second = Ask(EtcdErrors.Timeout);
        Assert.NotNull(reads.NextQuestion(1_000));
        reads.LeaderChanged();
        Assert.NotNull(reads.NextQuestion(1_001));
        Assert.Equal((0, 1), (metrics.SlowReadIndexes.Value, metrics.FailedReadIndexes.Value));
        reads.Expire(long.MaxValue);
        reads.Expire(long.MaxValue);
        Assert.True(first.IsComplete && second.IsComplete);
        Assert.Equal((1, 1), (metrics.SlowReadIndexes.Value, metrics.FailedReadIndexes.Value));
    }

    [Fact]
    public void A_read_waits_until_the_state_has_come_to_the_index_that_the_leader_named()
    {
        Read read = Ask();
        reads.Confirm(reads.NextQuestion(1_000), Index, applied: Index - 1);
        Assert.False(read.IsComplete);
        reads.Applied(Index - 1);
        Assert.False(read.IsComplete);
        reads.Applied(Index);
        Assert.True(read.IsComplete);
    }

    /// <summary>The answer to a question that was asked before a read came in says nothing about it.</summary>
    [Fact]
    public void A_read_is_not_answered_by_an_earlier_question()
    {
        Read first = Ask();
        byte[]? question = reads.NextQuestion(1_000);
        Read second = Ask();
        reads.Confirm(question, Index, applied: Index);
        Assert.True(first.IsComplete);
        Assert.False(second.IsComplete);
    }

    private Read Ask(EtcdError? end = null)
    {
        Read read = new() { DeadlineMilliseconds = 100_000, End = end };
        reads.Add(read);
        return read;
    }

    private sealed class Read : PendingRead
    {
        public EtcdError? End { get; init; }

        public bool IsComplete { get; private set; }

        protected internal override void Complete(EtcdError? error)
        {
            Assert.Equal(End, error);
            IsComplete = true;
        }
    }
}
