using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Watching;

/// <summary>
/// All watches of a client that have the same need of a leader, on one stream at a time. When the stream ends, whatever the reason, the
/// next one is opened, on another member, and each watch goes on at its next revision.
/// </summary>
/// <remarks>
/// Two tasks run as long as there are watches, and a while longer: one reads the stream, the other looks now and then for watches and
/// answers that are overdue. What they and callers share is under one lock, which is never held across a wait.
/// <para>Where a reader has not enough room for what comes, its watch is ended at the server until it has, as others that share the
/// stream must not wait for it. But a stream that serves nobody else waits for its reader first: a reader that is merely slower
/// than its server would otherwise have its watch ended and begun anew again and again, and be sent much of it twice.</para>
/// </remarks>
internal sealed class SharedWatchStream(EtcdConnection connection, TimeProvider time, bool requireLeader) : IAsyncDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a stream without watches stays open: locks and queues watch often and briefly.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    /// <summary>How long a message waits for the only reader of a stream. Whoever takes longer is busy with something else, and the
    /// stream must not look dead to the server.</summary>
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromMilliseconds(100);

    private static readonly Method<WatchRequest, WatchMessage> Method =
        Messages.Duplex<WatchRequest, WatchMessage>("etcdserverpb.Watch", "Watch", WatchDecoder.Decode);

    private readonly object gate = new();
    private readonly HashSet<WatchFeed> feeds = [];
    private readonly CancellationTokenSource stop = new();
    private WatchSession? session;
    private EtcdException? lastFailure;
    private Task running = Task.CompletedTask;
    private bool isRunning;
    private bool isDisposed;
    private bool isProgressWanted;
    private long idleSince;

    /// <summary>Ends the wait of a message for its reader; null where none waits.</summary>
    private TaskCompletionSource? roomAwaited;

    /// <summary>Begins a watch.</summary>
    public void Join(WatchFeed feed)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            feeds.Add(feed);
            Ask(feed);
            roomAwaited?.TrySetResult();
            if (!isRunning)
            {
                isRunning = true;
                running = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Ends a watch.</summary>
    public void Leave(WatchFeed feed)
    {
        lock (gate)
        {
            feed.End(null);
            feeds.Remove(feed);
            session?.Cancel(feed);
            roomAwaited?.TrySetResult();
            idleSince = time.GetTimestamp();
        }
    }

    /// <summary>The reader of a watch has caught up.</summary>
    public void Resume(WatchFeed feed)
    {
        lock (gate)
        {
            roomAwaited?.TrySetResult();
            if (feed.TryResume())
            {
                Ask(feed);
            }
        }
    }

    /// <summary>Asks how far the watches are; nothing where there are none.</summary>
    public void RequestProgress()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (session is not null)
            {
                session.RequestProgress();
            }
            else
            {
                isProgressWanted = feeds.Count > 0;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (isDisposed)
            {
                return;
            }

            isDisposed = true;
            EndAll(new ObjectDisposedException(nameof(EtcdClient)));
            session?.Abort(null);
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        Task ticking = TickAsync(over.Token);
        int failures = 0;
        bool wasRefused = false;
        while (BeginSession() is { } begun)
        {
            EtcdException? failure = await ServeAsync(begun).ConfigureAwait(false);
            bool isRefused = failure is not null && StreamFailures.AsksForLogIn(failure) && !begun.IsAnswered;
            EndSession(begun, failure, isFinal: isRefused && wasRefused);
            wasRefused = isRefused;
            failures = begun.IsAnswered ? 0 : failures;
            TimeSpan pause = connection.PauseBefore(++failures);
            await Task.Delay(pause, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await over.CancelAsync().ConfigureAwait(false);
        await ticking.ConfigureAwait(false);
    }

    /// <summary>A new session, in which all watches are asked for; null where there are none.</summary>
    private WatchSession? BeginSession()
    {
        lock (gate)
        {
            feeds.RemoveWhere(static feed => feed.IsOver);
            if (isDisposed || feeds.Count == 0)
            {
                isRunning = false;
                return null;
            }

            session = new WatchSession(time);
            foreach (WatchFeed feed in feeds.Where(static feed => !feed.IsPaused))
            {
                session.Create(feed);
            }

            if (isProgressWanted)
            {
                isProgressWanted = false;
                session.RequestProgress();
            }

            return session;
        }
    }

    /// <summary>Reads the stream to its end. Gives why it ended; null where it is not needed any more, or nobody knows.</summary>
    private async Task<EtcdException?> ServeAsync(WatchSession current)
    {
        try
        {
            StreamRun<WatchRequest, WatchMessage> run = new(connection, Method, requireLeader, stop.Token);
            return await run.RunAsync(current.Outgoing, response => HandleAsync(current, response), () => End(current), current.Ended)
                .ConfigureAwait(false);
        }
        catch (Exception unforeseen)
        {
            // Readers hear of it; watches that nobody serves any more must not look like such of which nothing changes.
            lock (gate)
            {
                EndAll(unforeseen);
            }

            return null;
        }
        finally
        {
            End(current);
            await current.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask HandleAsync(WatchSession current, WatchMessage response)
    {
        if (BeginWaitForRoom(current, response) is { } room)
        {
            await room.WaitAsync(ReaderPatience, time, current.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (gate)
        {
            roomAwaited = null;
            current.Handle(response);
        }
    }

    /// <summary>What a message is to wait for; null where it is not to wait.</summary>
    private Task? BeginWaitForRoom(WatchSession current, WatchMessage response)
    {
        lock (gate)
        {
            if (current.OnlyFeed is not { } feed || response.Changes is not { } changes || !feed.TryAwaitRoom(changes))
            {
                return null;
            }

            roomAwaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return roomAwaited.Task;
        }
    }

    private EtcdException? End(WatchSession current)
    {
        lock (gate)
        {
            current.Abort(null);
            return current.Fault;
        }
    }

    /// <summary>Watches wait for the next session, but where there is no sense in one.</summary>
    private void EndSession(WatchSession ended, EtcdException? failure, bool isFinal)
    {
        lock (gate)
        {
            session = null;
            lastFailure = failure ?? lastFailure;
            isProgressWanted |= ended.IsProgressWanted;
            if (failure is not null && (isFinal || StreamFailures.AreFinal(failure)))
            {
                EndAll(failure);
            }

            if (feeds.Count > 0)
            {
                connection.StreamLost(Method.Name, failure);
            }

            foreach (WatchFeed feed in feeds)
            {
                feed.Interrupt(feed.IsPaused ? null : feed.InterruptedSince ?? time.GetTimestamp());
            }
        }
    }

    private void Ask(WatchFeed feed)
    {
        feed.InterruptedSince = time.GetTimestamp();
        session?.Create(feed);
    }

    private void EndAll(Exception failure)
    {
        foreach (WatchFeed feed in feeds)
        {
            feed.End(failure);
        }

        feeds.Clear();
    }

    private async Task TickAsync(CancellationToken over)
    {
        using PeriodicTimer timer = new(TickInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over).ConfigureAwait(false))
            {
                lock (gate)
                {
                    Tick();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // There are no watches any more.
        }
    }

    private void Tick()
    {
        feeds.RemoveWhere(static feed => feed.IsOver);
        foreach (WatchFeed feed in feeds.Where(IsOverdue).ToArray())
        {
            feed.End(new EtcdUnavailableException(EtcdStatusCode.Unavailable, "no server has watched for too long", lastFailure));
            feeds.Remove(feed);
        }

        if (session?.IsOverdue(connection.Options.DialTimeout) == true)
        {
            session.Abort(new EtcdUnavailableException(EtcdStatusCode.Unavailable, "the server has not answered a request to watch"));
        }
        else if (feeds.Count == 0 && time.GetElapsedTime(idleSince) > IdleTime)
        {
            session?.Abort(null);
        }
    }

    private TimeSpan? TimeToBegin(WatchFeed feed) =>
        (feed.BeginTimeout ?? connection.Options.CallTimeout) is { Ticks: > 0 } limit ? limit : null;

    private bool IsOverdue(WatchFeed feed)
    {
        TimeSpan? limit = feed.HasBegun ? feed.GiveUpAfter : TimeToBegin(feed);
        return feed.InterruptedSince is { } since && time.GetElapsedTime(since) > limit;
    }
}
