using Netcd.Engine.Scheduling;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Watching;

/// <summary>What others may ask of the watch stage, from any thread.</summary>
internal sealed class WatchPort
{
    private const int Idle = 0;
    private const int Watching = 1;
    private const int Notified = 2;

    /// <summary>Whether something that is published is of interest, and whether the stage knows of it already.</summary>
    private int attention;

    /// <summary>What was asked, in its order.</summary>
    public Inbox<WatchWork> Inbox { get; } = new();

    /// <summary>A client asks for something.</summary>
    public void Request(WatchStream stream, WatchRequest request, WatchCaller caller) =>
        Inbox.Add(new WatchWork.Request(stream, request, caller));

    /// <summary>A client has gone.</summary>
    public void Close(WatchStream stream) => Inbox.Add(new WatchWork.Close(stream));

    /// <summary>There is room in a stream's queue again.</summary>
    public void Drained(WatchStream stream) => Inbox.Add(new WatchWork.Drained(stream));

    /// <summary>Something new is published: costs next to nothing where there are no watches.</summary>
    public void Published()
    {
        // A watch that comes at the same time either sees what was published, or is seen here.
        Interlocked.MemoryBarrier();
        if (Interlocked.CompareExchange(ref attention, Notified, Watching) == Watching)
        {
            Inbox.Add(new WatchWork.Published());
        }
    }

    /// <summary>The stage is about to look at the store: what is published from now on wakes it again.</summary>
    /// <param name="hasWork">Whether it has something to do, so that there may be watches from now on.</param>
    public void Listen(bool hasWork)
    {
        if (attention == Notified || hasWork)
        {
            Interlocked.Exchange(ref attention, Watching);
        }
    }

    /// <summary>There are no watches: what is published is of no interest.</summary>
    public void Ignore() => Interlocked.Exchange(ref attention, Idle);
}

/// <summary>Something that the watch stage is asked to do.</summary>
internal abstract record WatchWork
{
    internal sealed record Request(WatchStream Stream, WatchRequest Message, WatchCaller Caller) : WatchWork;

    internal sealed record Close(WatchStream Stream) : WatchWork;

    internal sealed record Drained(WatchStream Stream) : WatchWork;

    internal sealed record Published : WatchWork;
}
