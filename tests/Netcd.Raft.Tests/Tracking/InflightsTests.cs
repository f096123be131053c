namespace Netcd.Raft.Tests;

public class InflightsTests
{
    [Fact]
    public void The_window_is_full_at_its_count()
    {
        var window = new Inflights(3, 0);
        for (var index = 1UL; index <= 3; index++)
            window.Add(index, 100);
        Assert.True(window.IsFull);
        Assert.Throws<RaftInvariantException>(() => window.Add(4, 1));
    }

    [Fact]
    public void The_message_that_reaches_the_bytes_is_the_last()
    {
        var window = new Inflights(100, 10);
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
        var random = new Random(size);
        var window = new Inflights(size, 500);
        var model = new Queue<(ulong Index, ulong Bytes)>();
        var next = 1UL;
        for (var step = 0; step < 5000; step++)
        {
            if (!window.IsFull && random.Next(2) == 0)
            {
                next += (ulong)random.Next(1, 4);
                var bytes = (ulong)random.Next(100);
                window.Add(next, bytes);
                model.Enqueue((next, bytes));
            }
            else
            {
                var to = next - (ulong)random.Next(10);
                window.FreeUpTo(to);
                while (model.TryPeek(out var first) && first.Index <= to)
                    model.Dequeue();
            }

            Assert.Equal(model.Count, window.Count);
            Assert.Equal(model.Count == size || model.Sum(item => (long)item.Bytes) >= 500, window.IsFull);
        }
    }
}
