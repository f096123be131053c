using System.Runtime.ExceptionServices;

namespace Netcd.Server.Running;

/// <summary>A thread for work beside another's: the engine has none of its own, and the pool is not for what takes long.</summary>
internal sealed class SideThread
{
    private readonly Thread thread;
    private ExceptionDispatchInfo? failure;

    private SideThread(Action work) => thread = new Thread(() => Run(work)) { Name = "netcd-side", IsBackground = true };

    /// <summary>Begins the work.</summary>
    /// <returns>Waits for its end, and throws what it has thrown.</returns>
    public static Action Begin(Action work)
    {
        SideThread side = new(work);
        side.thread.Start();
        return side.Wait;
    }

    private void Run(Action work)
    {
        try
        {
            work();
        }
        catch (Exception thrown)
        {
            failure = ExceptionDispatchInfo.Capture(thrown);
        }
    }

    private void Wait()
    {
        thread.Join();
        failure?.Throw();
    }
}
