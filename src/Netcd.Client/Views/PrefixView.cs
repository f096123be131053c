using System.Collections.Immutable;
using Netcd.Client.Keys;
using Netcd.Client.Watching;

namespace Netcd.Client.Views;

/// <summary>
/// A local copy of all keys with a prefix, kept up to date by a watch, for what is read often and changed rarely: reading it costs no call.
/// It always is what the store was at one revision, and never goes back.
/// </summary>
/// <remarks>
/// What it shows may be a moment behind the store. Who has to see a change that was made before waits for its revision
/// (<see cref="WaitForAsync"/>). While no server can be reached it stays as it is; when it cannot go on at all (the user may not read the
/// keys
/// any more) <see cref="Completion"/> fails, and it stays as it is too.
/// </remarks>
public sealed class PrefixView : IAsyncDisposable
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(200);

    private readonly IKeyValues keys;
    private readonly IWatches watches;
    private readonly KeyRange range;
    private readonly CancellationTokenSource stop = new();
    private readonly object gate = new();
    private ImmutableArray<Action<PrefixChange>> listeners = [];
    private TaskCompletionSource moved = NewSignal();
    private volatile PrefixSnapshot? current;
    private int isDisposed;

    internal PrefixView(IKeyValues keys, IWatches watches, ReadOnlyMemory<byte> prefix)
    {
        this.keys = keys;
        this.watches = watches;
        range = KeyRange.Prefix(prefix);
        Completion = Task.Run(RunAsync);

        // Nobody has to look at it.
        _ = Completion.ContinueWith(
            static over => _ = over.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>The keys as they are known now.</summary>
    /// <exception cref="InvalidOperationException">They were not read yet: <see cref="WaitReadyAsync"/> was not awaited.</exception>
    public PrefixSnapshot Current => current ?? throw new InvalidOperationException("the view is not ready yet");

    /// <summary>Ends when the view is kept up to date no more: with an exception if it could not go on, without one when it was
    /// disposed.</summary>
    public Task Completion { get; }

    /// <summary>Returns when the keys have been read for the first time.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">They cannot be read.</exception>
    public Task<PrefixSnapshot> WaitReadyAsync(CancellationToken cancel = default) => WaitAsync(0, cancel);

    /// <summary>Returns when the view shows what the store was at a revision, or later.</summary>
    /// <param name="revision">The revision: of a change that was just made, for one.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">The view cannot go on.</exception>
    public Task<PrefixSnapshot> WaitForAsync(long revision, CancellationToken cancel = default) => WaitAsync(revision, cancel);

    /// <summary>
    /// Calls a listener after each change, one at a time and in order. It should be quick, and not throw: what it throws ends the view.
    /// </summary>
    /// <param name="listener">What is called.</param>
    /// <returns>Dispose it to be called no more.</returns>
    public IDisposable OnChange(Action<PrefixChange> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        lock (gate)
        {
            listeners = listeners.Add(listener);
        }

        return new Registration(this, listener);
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0)
        {
            return;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<PrefixSnapshot> WaitAsync(long revision, CancellationToken cancel)
    {
        while (true)
        {
            Task next = Volatile.Read(ref moved).Task;
            if (current is { } snapshot && snapshot.Revision >= revision)
            {
                return snapshot;
            }

            if (Completion.IsCompleted)
            {
                await Completion.ConfigureAwait(false);
                ObjectDisposedException.ThrowIf(true, this);
            }

            // Others' keys raise revisions too: if nothing changes here, the server has to say that it is so far.
            await Task.WhenAny(next, Completion, Task.Delay(AskEvery, cancel)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            if (!next.IsCompleted && !Completion.IsCompleted && current is not null)
            {
                await watches.RequestProgressAsync(cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await LoadAsync().ConfigureAwait(false);
                await FollowAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    /// <summary>Reads all keys at one revision.</summary>
    private async Task LoadAsync()
    {
        while (true)
        {
            try
            {
                await ReadAsync().ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (failure is EtcdUnavailableException or CompactedException)
            {
                // No server, or it took so long that the revision is gone.
                await Task.Delay(RetryTime, stop.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadAsync()
    {
        ImmutableSortedDictionary<ReadOnlyMemory<byte>, KeyValue>.Builder read = Empty.ToBuilder();
        EtcdHeader? first = null;
        await foreach (RangeResult page in keys.PagesAsync(range, null, stop.Token).ConfigureAwait(false))
        {
            first ??= page.Header;
            foreach (KeyValue kv in page.KeyValues)
            {
                read[kv.Key] = kv;
            }
        }

        EtcdHeader header = first ?? throw new EtcdException(EtcdStatusCode.Internal, "a range without an answer");
        Rebuild(new PrefixSnapshot(header, header.Revision, read.ToImmutable()));
    }

    /// <summary>Keeps the view up to date until that is not possible without reading it anew.</summary>
    private async Task FollowAsync()
    {
        WatchOptions options = new() { StartRevision = Current.Revision + 1, Progress = true };
        try
        {
            await foreach (WatchBatch batch in watches.WatchAsync(range, options, stop.Token).ConfigureAwait(false))
            {
                Apply(batch);
            }
        }
        catch (Exception failure) when (failure is EtcdUnavailableException or CompactedException)
        {
            // To be read anew.
        }
    }

    private static ImmutableSortedDictionary<ReadOnlyMemory<byte>, KeyValue> Empty { get; } =
        ImmutableSortedDictionary.Create<ReadOnlyMemory<byte>, KeyValue>(KeyOrder.Instance);

    private void Apply(WatchBatch batch)
    {
        ImmutableSortedDictionary<ReadOnlyMemory<byte>, KeyValue>.Builder next = Current.ByKey.ToBuilder();
        List<WatchEvent> events = [];
        foreach (WatchEvent change in batch.Events)
        {
            events.Add(change with { Previous = next.GetValueOrDefault(change.KeyValue.Key) });
            if (change.Type == WatchEventType.Delete)
            {
                next.Remove(change.KeyValue.Key);
            }
            else
            {
                next[change.KeyValue.Key] = change.KeyValue;
            }
        }

        Show(new PrefixSnapshot(batch.Header, batch.Revision, next.ToImmutable()), events, isRebuilt: false);
    }

    private void Rebuild(PrefixSnapshot snapshot)
    {
        PrefixSnapshot? before = current;
        if (before is null)
        {
            Show(snapshot, [], isRebuilt: false);
        }
        else if (snapshot.Revision > before.Revision)
        {
            Show(snapshot, [.. Differences.Between(before, snapshot)], isRebuilt: true);
        }
    }

    private void Show(PrefixSnapshot snapshot, List<WatchEvent> events, bool isRebuilt)
    {
        current = snapshot;
        Interlocked.Exchange(ref moved, NewSignal()).TrySetResult();
        if (events.Count == 0)
        {
            return;
        }

        ImmutableArray<Action<PrefixChange>> called;
        lock (gate)
        {
            called = listeners;
        }

        foreach (Action<PrefixChange> listener in called)
        {
            listener(new PrefixChange(snapshot, events, isRebuilt));
        }
    }

    private sealed class Registration(PrefixView view, Action<PrefixChange> listener) : IDisposable
    {
        private int isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isOver, 1) == 0)
            {
                lock (view.gate)
                {
                    view.listeners = view.listeners.Remove(listener);
                }
            }
        }
    }
}
