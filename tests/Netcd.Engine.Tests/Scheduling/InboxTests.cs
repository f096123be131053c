using Netcd.Engine.Scheduling;

namespace Netcd.Engine.Tests.Scheduling;

/// <summary>Whoever takes out of an inbox is called when something is there, once, and not while that is not wanted.</summary>
public sealed class InboxTests
{
    private readonly Inbox<int> inbox = new();
    private int calls;

    public InboxTests() => inbox.SetWaker(() => Interlocked.Increment(ref calls));

    [Fact]
    public void What_is_put_in_calls_once_until_it_is_taken_out()
    {
        inbox.Add(1);
        inbox.Add(2);
        Assert.Equal(1, calls);
        Assert.Equal([1, 2], inbox.Drain());
        inbox.Add(3);
        Assert.Equal(2, calls);
    }

    [Fact]
    public void While_it_is_quiet_nobody_is_called_and_what_is_left_at_its_end_is_reported()
    {
        Assert.False(inbox.SetQuiet(true));
        inbox.Add(1);
        Assert.Equal(0, calls);
        Assert.True(inbox.SetQuiet(false));

        // It was reported: nobody is called for what joins it.
        inbox.Add(2);
        Assert.Equal(0, calls);
        Assert.Equal([1, 2], inbox.Drain());
        inbox.Add(3);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void What_is_put_in_while_it_becomes_loud_again_is_never_left_behind()
    {
        const int Items = 200_000;
        using SemaphoreSlim called = new(0);
        Inbox<int> busy = new();
        busy.SetWaker(() => called.Release());
        Thread sender = new(() =>
        {
            for (int i = 0; i < Items; i++)
            {
                busy.Add(i);
            }
        });
        sender.Start();
        int taken = 0;
        while (taken < Items)
        {
            busy.SetQuiet(true);
            taken += busy.Drain().Count;
            if (!busy.SetQuiet(false) && taken < Items)
            {
                Assert.True(called.Wait(TimeSpan.FromSeconds(30)), $"nobody was called for what came after {taken}");
            }
        }

        sender.Join();
    }
}
