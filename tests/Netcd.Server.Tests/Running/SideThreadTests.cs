using Netcd.Server.Running;

namespace Netcd.Server.Tests.Running;

public sealed class SideThreadTests
{
    [Fact]
    public void The_work_is_done_by_another_thread_beside_the_callers()
    {
        using ManualResetEventSlim goOn = new();
        int thread = 0;
        Action wait = SideThread.Begin(() =>
        {
            goOn.Wait(TestContext.Current.CancellationToken);
            thread = Environment.CurrentManagedThreadId;
        });
        goOn.Set();
        wait();
        Assert.NotEqual(0, thread);
        Assert.NotEqual(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public void What_it_throws_reaches_who_waits_for_it()
    {
        Action wait = SideThread.Begin(static () => throw new InvalidDataException("broken"));
        Assert.Equal("broken", Assert.Throws<InvalidDataException>(wait).Message);
    }
}
