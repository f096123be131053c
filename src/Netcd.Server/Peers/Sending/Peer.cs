using System.IO.Pipelines;
using Netcd.Engine.Membership;
using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Server.Peers.Streams;

namespace Netcd.Server.Peers.Sending;

/// <summary>
/// Another member: the two streams that it has open here, the two that this member reads there, and single POSTs for what has no
/// stream. A sender that is not known as a member yet is served with POSTs alone.
/// </summary>
#pragma warning disable CA1001 // A source without a timer holds nothing, and late calls still look at it.
internal sealed class Peer
#pragma warning restore CA1001
{
    private readonly PeerContext link;
    private readonly PeerActivity activity;
    private readonly PeerMetrics traffic = new();
    private readonly Pipeline pipeline;
    private readonly SnapshotSender snapshots;
    private readonly Prober prober;
    private readonly IncomingStream[] incoming;
    private readonly CancellationTokenSource stop = new();
    private OutgoingStream? appends;
    private OutgoingStream? messages;
    private long droppedMessages;
    private long lastDropLog;

    public Peer(PeerContext link, ulong id, IReadOnlyList<Uri> urls, bool isMember)
    {
        this.link = link;
        Id = id;
        Urls = new PeerUrls(urls);
        activity = new PeerActivity(id, link.Log, TimeProvider.System, traffic);
        pipeline = new Pipeline(link, id, Urls, activity, traffic);
        snapshots = new SnapshotSender(link, id, Urls, activity, traffic);
        prober = new Prober(link, id, Urls, traffic);
        incoming = isMember ? [Reader(StreamKind.Append), Reader(StreamKind.Message)] : [];
        lastDropLog = PeerContext.NowMilliseconds - (long)PeerLimits.DropLogInterval.TotalMilliseconds;
    }

    public ulong Id { get; }

    public PeerUrls Urls { get; }

    /// <summary>For how long it has been reached, or null.</summary>
    public TimeSpan? ActiveFor => activity.ActiveFor;

    public PeerStatus Status => new(Id, ActiveFor, traffic, prober.RoundTrip, prober.ClockDifference);

    /// <summary>Connects; ends when it is stopped and everything is closed.</summary>
    public async Task RunAsync()
    {
        // On a thread of the pool from the start, as the caller must not wait.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        List<Task> work = [pipeline.RunAsync(stop.Token), .. incoming.Select(stream => stream.RunAsync(stop.Token))];
        if (incoming.Length > 0)
        {
            work.Add(prober.RunAsync(stop.Token));
        }

        await Task.WhenAll(work).ConfigureAwait(false);
    }

    /// <summary>Disconnects: what waits is dropped.</summary>
    public void Stop()
    {
        stop.Cancel();
        Volatile.Read(ref appends)?.Close();
        Volatile.Read(ref messages)?.Close();
    }

    /// <summary>
    /// Sends a message: an append over its stream, others over theirs, and as a POST what has none open. Snapshots are never put on a
    /// stream, where they would hold up the rest.
    /// </summary>
    public void Send(Message message)
    {
        SendOutcome outcome = message.Type switch
        {
            MessageType.Snapshot => SendOutcome.Closed,
            MessageType.Append => Offer(Volatile.Read(ref appends), message),
            _ => SendOutcome.Closed,
        };
        if (outcome == SendOutcome.Closed && message.Type != MessageType.Snapshot)
        {
            outcome = Offer(Volatile.Read(ref messages), message);
        }

        if (outcome == SendOutcome.Closed)
        {
            outcome = pipeline.Send(message);
        }

        if (outcome != SendOutcome.Taken)
        {
            Drop(message);
        }
    }

    /// <summary>Sends a snapshot and disposes its image.</summary>
    public Task SendSnapshotAsync(Message message, ISnapshotImage image) => snapshots.SendAsync(message, image, stop.Token);

    /// <summary>Writes the messages of a kind into a stream that the peer has opened, until it ends or the peer opens another.</summary>
    /// <param name="kind">Which stream.</param>
    /// <param name="target">The answer's body.</param>
    /// <param name="abort">Breaks the connection.</param>
    /// <param name="gone">The connection is closed.</param>
    public async Task AttachAsync(StreamKind kind, PipeWriter target, Action abort, CancellationToken gone)
    {
        OutgoingStream stream = new(kind, traffic, link.Options, abort);
        Interlocked.Exchange(ref Place(kind), stream)?.Close();
        if (stop.IsCancellationRequested)
        {
            stream.Close();
        }

        activity.Activate();
        link.Log.EstablishedWriter(kind.Name(), new HexId(link.Events.MemberId), new HexId(Id));
        (string? reason, bool hasLost) = await stream.RunAsync(target, gone).ConfigureAwait(false);
        Interlocked.CompareExchange(ref Place(kind), null, stream);
        if (reason is not null)
        {
            traffic.SendFailures.Increment();
            activity.Deactivate("write", kind.Name(), reason);
            link.Log.LostWriter(kind.Name(), new HexId(link.Events.MemberId), new HexId(Id), reason);
        }

        if (hasLost && !stop.IsCancellationRequested)
        {
            link.Events.Unreachable(new MemberId(Id));
        }
    }

    /// <summary>Sends heartbeats where they are due and breaks what is stuck; called every so often.</summary>
    public void Tick(long nowMilliseconds)
    {
        Volatile.Read(ref appends)?.Tick(nowMilliseconds);
        Volatile.Read(ref messages)?.Tick(nowMilliseconds);
        foreach (IncomingStream stream in incoming)
        {
            stream.Tick(nowMilliseconds);
        }
    }

    private static SendOutcome Offer(OutgoingStream? stream, Message message) => stream is null ? SendOutcome.Closed : stream.Send(message);

    private ref OutgoingStream? Place(StreamKind kind)
    {
        if (kind == StreamKind.Append)
        {
            return ref appends;
        }

        return ref messages;
    }

    private IncomingStream Reader(StreamKind kind) => new(link, Id, kind, Urls, activity, traffic);

    private void Drop(Message message)
    {
        traffic.SendFailures.Increment();
        link.Events.Unreachable(new MemberId(Id));
        if (message.Type == MessageType.Snapshot)
        {
            link.Events.SnapshotSent(new MemberId(Id), succeeded: false);
        }

        long dropped = Interlocked.Increment(ref droppedMessages);
        long last = Interlocked.Read(ref lastDropLog);
        long now = PeerContext.NowMilliseconds;
        if (now - last >= PeerLimits.DropLogInterval.TotalMilliseconds && Interlocked.CompareExchange(ref lastDropLog, now, last) == last)
        {
            link.Log.DroppedOutgoingMessage(message.Type, new HexId(link.Events.MemberId), new HexId(Id), ActiveFor is not null, dropped);
        }
    }
}
