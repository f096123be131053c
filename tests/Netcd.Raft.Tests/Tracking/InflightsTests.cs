namespace Netcd.Raft.Tests.Tracking;

public class InflightsTests
{
    [Fact]
    public void The_window_is_full_at_its_count()
    {
        Inflights window = new(3, 0);
        for (ulong index = 1UL; index <= 3; index++)
        {
            window.Add(index, 100);
        }

        Assert.True(window.IsFull);
        Assert.Throws<RaftInvariantException>(() => window.Add(4, 1));
    }

    [Fact]
    public void The_message_that_reaches_the_bytes_is_the_last()
    {
        Inflights window = new(100, 10);
        window.Add(1, 9);
        Assert.False(window.IsFull);
        window.Add(2, 50);
        Assert.True(window.IsFull);
        window.FreeUpTo(1);
        Assert.True(window.IsFull);
        window.FreeUpTo(2);
        Assert.False(window.IsFull);
        Assert.Equal(0, window.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    public void It_does_what_a_plain_queue_does(int size)
    {
        Random random = new(size);
        Inflights window = new(size, 500);
        Queue<(ulong Index, ulong Bytes)> model = [];
        ulong next = 1UL;
        for (int step = 0; step < 5000; step++)
        {
            if (!window.IsFull && random.Next(2) == 0)
            {
                next += (ulong)random.Next(1, 4);
                ulong bytes = (ulong)random.Next(100);
                window.Add(next, bytes);
                model.Enqueue((next, bytes));
            }
            else
            {
                ulong to = next - (ulong)random.Next(10);
                window.FreeUpTo(to);
                while (model.TryPeek(out (ulong Index, ulong Bytes) first) && first.Index <= to)
                {
                    model.Dequeue();
                }
            }

            Assert.Equal(model.Count, window.Count);
            Assert.Equal(model.Count == size || model.Sum(item => (long)item.Bytes) >= 500, window.IsFull);
        }
    }
}
