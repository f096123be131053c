using Netcd.Engine.Hashing;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Scheduling;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Watching;

/// <summary>
/// Sends changes to watches. It pulls: woken because something new is published, it reads the history from where it stands,
/// so that nothing queues up before it, and watches in step and those that catch up go the same way.
/// </summary>
/// <remarks>
/// Watches in step are the <see cref="head"/> cohort. Others read history in cohorts of their own, a bounded part a step, and
/// join the head when they have reached it. A watch whose stream has no room waits there. After a snapshot of another member
/// everybody catches up in the new store.
/// </remarks>
public sealed class WatchStage : IStage
{
    private readonly ReplicatedState state;
    private readonly ProgressSchedule schedule;
    private readonly KeyComparer keys;
    private readonly List<WatchCohort> catchingUp = [];
    private readonly WatchList ready = new();
    private readonly List<WatchStream> askedForProgress = [];
    private readonly List<Watch> ended = [];
    private readonly WatchRights rights;
    private WatchCohort head;
    private MvccStore? store;

    /// <summary>A stage without watches.</summary>
    /// <param name="state">The state whose history it sends.</param>
    /// <param name="settings">The bounds.</param>
    /// <param name="port">The way in.</param>
    internal WatchStage(ReplicatedState state, WatchSettings settings, WatchPort port)
    {
        this.state = state;
        Port = port;
        Settings = settings;
        Budget = new WatchBudget(settings.QueueBytesInAll);
        schedule = new ProgressSchedule(settings.ProgressMilliseconds);
        Ids = new IdComparer(state.Seed);
        keys = new KeyComparer(state.Seed);
        head = new WatchCohort(settings, keys, 0);
        rights = new WatchRights(state.Auth);
    }

    /// <inheritdoc/>
    public string Name => "watch";

    /// <summary>It reads history from the mapped file, and a page may have to be fetched.</summary>
    public bool BlocksOnDisk => true;

    /// <inheritdoc/>
    public int Waiting => Port.Inbox.Count;

    /// <summary>The way in.</summary>
    internal WatchPort Port { get; }

    /// <summary>What waits for all clients.</summary>
    internal WatchBudget Budget { get; }

    /// <summary>The bounds.</summary>
    internal WatchSettings Settings { get; }

    /// <summary>Compares the ids of watches, which clients may choose.</summary>
    internal IdComparer Ids { get; }

    /// <summary>What is counted.</summary>
    public WatchMetrics Metrics { get; } = new();

    /// <summary>Bytes that wait for watches' clients.</summary>
    public long QueueBytes => Budget.Bytes;

    /// <summary>Watches that were looked at to see whether their stream is in step.</summary>
    internal long ProgressLooks { get; private set; }

    /// <summary>How many watches there are; for any thread.</summary>
    internal int WatchCount => (int)Metrics.Watches.Value;

    /// <inheritdoc/>
    public void SetWaker(Action wake) => Port.Inbox.SetWaker(wake);

    /// <inheritdoc/>
    public long Step(long nowMilliseconds)
    {
        List<WatchWork> work = Port.Inbox.Drain();
        Announce(work);
        using ReadHandle handle = Acquire();
        ReadState now = handle.State;

        // Taken after the store: nothing that was written after a right was taken away is sent to who had it.
        EndDenied(now);
        foreach (WatchWork item in work)
        {
            Handle(item, now, nowMilliseconds);
        }

        AdvanceHead(now);
        AdmitReady();
        AdvanceOthers(now);
        AnswerProgress();
        Notify(nowMilliseconds);
        Settle();
        bool isMore = head.Reached < now.Revision || catchingUp.Count > 0 || ready.Count > 0;
        return isMore ? nowMilliseconds : schedule.NextDue;
    }

    /// <summary>
    /// Before the store is looked at: from now on publishing wakes this stage, and compactions leave what is not sent yet.
    /// </summary>
    private void Announce(List<WatchWork> work)
    {
        if (head.Index.Count == 0 && (WatchCount > 0 || work.Count > 0))
        {
            state.Held.Reach(head.Reached);
        }

        Port.Listen(work.Count > 0);
    }

    private void Settle()
    {
        if (WatchCount == 0)
        {
            Port.Ignore();
        }

        Metrics.InStep(head.Index.Count, catchingUp.Count);
        state.Held.Reach(head.Index.Count > 0 ? head.Reached : long.MaxValue);
    }

    private ReadHandle Acquire()
    {
        while (true)
        {
            MvccStore current = state.Store;
            if (!current.TryAcquire(out ReadHandle handle))
            {
                continue;
            }

            if (!ReferenceEquals(current, store))
            {
                store = current;
                SwitchTo(handle.State);
            }

            return handle;
        }
    }

    /// <summary>Another member's snapshot: everybody finds in its history what is missing.</summary>
    private void SwitchTo(ReadState received)
    {
        if (head.Index.Count > 0)
        {
            catchingUp.Add(head);
        }

        head = new WatchCohort(Settings, keys, received.Revision);
    }

    private void Handle(WatchWork item, ReadState now, long time)
    {
        switch (item)
        {
            case WatchWork.Request { Stream.IsClosed: false } request:
                Handle(request, now, time);
                request.Stream.Answered();
                break;
            case WatchWork.Close { Stream.IsClosed: false } close:
                Forget(close.Stream);
                break;
            case WatchWork.Drained { Stream.IsClosed: false } drained:
                drained.Stream.Waiting.MoveTo(ready);
                break;
        }
    }

    private void Handle(WatchWork.Request work, ReadState now, long time)
    {
        (WatchStream stream, WatchRequest request) = (work.Stream, work.Message);
        switch (request.RequestUnionCase)
        {
            case WatchRequest.RequestUnionOneofCase.CreateRequest:
                Create(stream, request.CreateRequest, work.Caller, now, time);
                break;
            case WatchRequest.RequestUnionOneofCase.CancelRequest:
                if (stream.Watches.TryGetValue(request.CancelRequest.WatchId, out Watch? watch))
                {
                    Cancel(watch, WatchMessage.Canceled(watch.Id, now.Revision));
                }

                break;
            case WatchRequest.RequestUnionOneofCase.ProgressRequest:
                AskForProgress(stream, now);
                break;
        }
    }

    private void Create(WatchStream stream, WatchCreateRequest request, WatchCaller caller, ReadState now, long time)
    {
        WatchRange? range = WatchRange.From(request.Key.Span, request.RangeEnd.Span);
        if (rights.Check(caller, request) is { } denial)
        {
            stream.Enqueue(WatchMessage.Refused(WatchErrors.NoId, now.Revision, denial));
            return;
        }

        string? refusal = request.StartRevision < 0 ? WatchErrors.Compacted
            : range is null ? WatchErrors.EmptyRange
            : request.WatchId != 0 && stream.Watches.ContainsKey(request.WatchId) ? WatchErrors.DuplicateId
            : null;
        if (refusal is not null)
        {
            stream.Enqueue(WatchMessage.Refused(WatchErrors.NoId, now.Revision, refusal));
            return;
        }

        long next = request.StartRevision == 0 ? now.Revision + 1 : request.StartRevision;
        Watch watch = new(ChooseId(stream, request.WatchId), stream, rights.OwnerOf(caller), range!, Watch.OptionsOf(request), next);
        stream.Watches.Add(watch.Id, watch);
        rights.Add(stream);
        Metrics.Watches.Increment();
        stream.Enqueue(WatchMessage.Created(watch.Id, now.Revision));
        if (watch.Options.HasFlag(WatchOptions.ProgressNotify))
        {
            schedule.Add(stream, time);
        }

        if (head.Index.Count == 0)
        {
            head.SkipTo(now.Revision);
        }

        if (next > head.Reached)
        {
            head.Index.Add(watch);
        }
        else
        {
            ready.Add(watch);
        }
    }

    private static long ChooseId(WatchStream stream, long asked)
    {
        if (asked != 0)
        {
            return asked;
        }

        while (stream.Watches.ContainsKey(stream.NextId))
        {
            stream.NextId++;
        }

        return stream.NextId++;
    }

    /// <summary>Ends the watches of those who may no longer have them, where users or roles have changed.</summary>
    private void EndDenied(ReadState now)
    {
        foreach ((Watch watch, EtcdError denial) in rights.Denied(state.Auth))
        {
            Cancel(watch, WatchMessage.Denied(watch.Id, now.Revision, denial));
        }
    }

    private void Cancel(Watch watch, WatchMessage message)
    {
        WatchStream stream = watch.Stream;
        stream.Watches.Remove(watch.Id);
        End(watch);
        stream.Lagging = ReferenceEquals(stream.Lagging, watch) ? null : stream.Lagging;
        stream.Enqueue(message);
    }

    private void End(Watch watch)
    {
        watch.Leave();
        if (!watch.IsOver)
        {
            watch.IsOver = true;
            Metrics.Watches.Decrement();
        }
    }

    private void Forget(WatchStream stream)
    {
        stream.IsClosed = true;
        foreach (Watch watch in stream.Watches.Values)
        {
            End(watch);
        }

        stream.Watches.Clear();
        rights.Remove(stream);
        stream.Abandon();
        Metrics.Streams.Decrement();
        if (stream.ProgressAskedAt != 0)
        {
            askedForProgress.Remove(stream);
        }
    }

    private void AdvanceHead(ReadState now)
    {
        if (head.Index.Count == 0)
        {
            head.SkipTo(now.Revision);
        }
        else if (head.Reached < now.Revision)
        {
            head.Advance(now, now.Revision, revision: 0);
        }
    }

    /// <summary>Finds a cohort for the watches that are to go on: one that has not passed them yet, or a new one.</summary>
    private void AdmitReady()
    {
        int looks = catchingUp.Count < Settings.Cohorts ? ready.Count : Math.Min(ready.Count, Settings.WatchesPerCohort);
        for (int i = ready.Count - 1; looks > 0; i--, looks--)
        {
            Watch watch = ready[i];
            WatchCohort? cohort = FindCohort(watch);
            if (cohort is null && catchingUp.Count < Settings.Cohorts)
            {
                cohort = new WatchCohort(Settings, keys, LowestReady() - 1);
                catchingUp.Add(cohort);
            }

            if (cohort is not null)
            {
                ready.Remove(watch);
                cohort.Index.Add(watch);
            }
        }
    }

    private WatchCohort? FindCohort(Watch watch)
    {
        if (watch.Next > head.Reached)
        {
            return head;
        }

        foreach (WatchCohort cohort in catchingUp)
        {
            if (cohort.Reached < watch.Next && cohort.Index.Count < Settings.WatchesPerCohort)
            {
                return cohort;
            }
        }

        return null;
    }

    private long LowestReady()
    {
        long lowest = long.MaxValue;
        for (int i = 0; i < ready.Count; i++)
        {
            lowest = Math.Min(lowest, ready[i].Next);
        }

        return lowest;
    }

    private void AdvanceOthers(ReadState now)
    {
        for (int i = catchingUp.Count - 1; i >= 0; i--)
        {
            WatchCohort cohort = catchingUp[i];
            cohort.TakeCompacted(now.CompactRevision, ended);
            foreach (Watch watch in ended)
            {
                End(watch);
                watch.Stream.Enqueue(WatchMessage.Compacted(watch.Id, now.CompactRevision));
            }

            ended.Clear();
            if (cohort.Index.Count > 0 && cohort.Reached < head.Reached)
            {
                cohort.Advance(now, head.Reached, now.Revision);
            }

            if (cohort.Index.Count == 0 || cohort.Reached >= head.Reached)
            {
                catchingUp.RemoveAt(i);
                Join(cohort);
            }
        }
    }

    private void Join(WatchCohort cohort)
    {
        List<Watch> all = [];
        cohort.Index.CopyTo(all);
        foreach (Watch watch in all)
        {
            cohort.Index.Remove(watch);
            watch.Next = Math.Max(watch.Next, cohort.Reached + 1);
            head.Index.Add(watch);
        }
    }

    /// <summary>As in etcd, nothing is answered on a stream without watches.</summary>
    private void AskForProgress(WatchStream stream, ReadState now)
    {
        if (stream.Watches.Count == 0)
        {
            return;
        }

        if (stream.ProgressAskedAt == 0)
        {
            askedForProgress.Add(stream);
        }

        stream.ProgressAskedAt = now.Revision;
    }

    private void AnswerProgress()
    {
        for (int i = askedForProgress.Count - 1; i >= 0; i--)
        {
            WatchStream stream = askedForProgress[i];
            if (head.Reached >= stream.ProgressAskedAt && IsInStep(stream))
            {
                askedForProgress.RemoveAt(i);
                stream.ProgressAskedAt = 0;
                stream.Enqueue(WatchMessage.Progress(WatchErrors.NoId, head.Reached));
            }
        }
    }

    /// <summary>
    /// Whether all watches of a stream are in step. The first one found that is not stands for the others until it is, so that a step
    /// costs the same however many there are.
    /// </summary>
    private bool IsInStep(WatchStream stream)
    {
        if (stream.Lagging is { } lagging && !IsInStep(lagging))
        {
            return false;
        }

        stream.Lagging = null;
        foreach (Watch watch in stream.Watches.Values)
        {
            ProgressLooks++;
            if (!IsInStep(watch))
            {
                stream.Lagging = watch;
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether all up to the head is sent on it: a watch in the future has nothing to send yet (etcd issue 20221).</summary>
    private bool IsInStep(Watch watch) =>
        watch.IsOver || (ReferenceEquals(watch.Index, head.Index) && watch.Next <= head.Reached + 1);

    private void Notify(long time)
    {
        while (schedule.TryTake(time, out WatchStream stream))
        {
            bool isWanted = false;
            foreach (Watch watch in stream.Watches.Values)
            {
                if (!watch.Options.HasFlag(WatchOptions.ProgressNotify) || watch.IsOver)
                {
                    continue;
                }

                isWanted = true;
                if (watch.IsQuiet && IsInStep(watch))
                {
                    stream.TryEnqueue(WatchMessage.Progress(watch.Id, head.Reached));
                }

                watch.IsQuiet = true;
            }

            if (isWanted)
            {
                schedule.Add(stream, time);
            }
        }
    }
}
