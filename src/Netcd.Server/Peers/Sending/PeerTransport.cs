using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Peers;
using Netcd.Raft;

namespace Netcd.Server.Peers.Sending;

/// <summary>etcd's peer protocol from this member's side: connections to all others, over HTTP/1.1.</summary>
/// <remarks>Before <see cref="Start"/> peers are noted and messages are dropped: raft repeats them.</remarks>
public sealed class PeerTransport : IPeerTransport, IAsyncDisposable
{
    private readonly PeerTransportOptions options;
    private readonly ILogger log;
    private readonly IReadOnlyList<Uri> initialUrls;
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<Task> running = [];
    private readonly HashSet<ulong> strangers = [];
    private MemberInquiry? inquiry;
    private HttpMessageInvoker? http;
    private PeerContext? link;
    private IReadOnlyList<PeerAddress> awaited = [];

    // Read without the lock: few, and seldom changed.
    private Peer[] peers = [];
    private Peer[] remotes = [];
    private HashSet<ulong> removed = [];
    private bool isStopped;

    /// <summary>A transport that is not connected yet.</summary>
    /// <param name="options">How it connects.</param>
    /// <param name="log">Where it logs peers that come and go.</param>
    public PeerTransport(PeerTransportOptions options, ILogger log)
    {
        this.options = options;
        this.log = log;
        initialUrls = PeerUrls.TryParse([.. options.InitialPeerUrls.Except(options.AdvertisePeerUrls)], out IReadOnlyList<Uri>? urls)
            ? urls
            : [];
    }

    /// <summary>Every member that is connected to.</summary>
    internal IReadOnlyList<PeerStatus> Status => [.. Volatile.Read(ref peers).Select(peer => peer.Status)];

    /// <summary>What is counted of the snapshots that come.</summary>
    internal SnapshotReceipts Receipts { get; } = new();

    internal PeerTransportOptions Options => options;

    /// <summary>The link, or null before the start.</summary>
    internal PeerContext? StartedLink => Volatile.Read(ref link);

    internal PeerContext Link => Volatile.Read(ref link) ?? throw new InvalidOperationException("the transport is not started");

    /// <summary>Begins to connect.</summary>
    /// <param name="events">Receives what arrives, and what was lost.</param>
    public void Start(IPeerEvents events)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isStopped, this);
            if (link is not null)
            {
                throw new InvalidOperationException("the transport is started already");
            }

            http = new HttpMessageInvoker(Handler());
            Volatile.Write(ref link, new PeerContext(options, events, http, IsRemoved, log));
            inquiry = new MemberInquiry(link);
            running.Add(TickAsync(stop.Token));
        }

        UpdatePeers(awaited, [.. removed]);
    }

    /// <inheritdoc/>
    public void Send(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.To == NodeId.None || Volatile.Read(ref link) is not { } started)
        {
            return;
        }

        if (Find(Volatile.Read(ref peers), message.To) is { } peer || (peer = Find(Volatile.Read(ref remotes), message.To)) is not null)
        {
            peer.Send(message);
            return;
        }

        log.IgnoredUnknownTarget(message.Type, new HexId(message.To));
        started.Events.Unreachable(new MemberId(message.To));
    }

    /// <inheritdoc/>
    public void SendSnapshot(Message message, ISnapshotImage image)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(image);
        if (Find(Volatile.Read(ref peers), message.To) is { } peer)
        {
            Track(peer.SendSnapshotAsync(message, image));
            return;
        }

        image.Dispose();
        if (Volatile.Read(ref link) is { } started)
        {
            started.Events.Unreachable(new MemberId(message.To));
            started.Events.SnapshotSent(new MemberId(message.To), succeeded: false);
        }
    }

    /// <inheritdoc/>
    public void UpdatePeers(IReadOnlyList<PeerAddress> others, IReadOnlyList<ulong> removed)
    {
        lock (gate)
        {
            Volatile.Write(ref this.removed, [.. removed]);
            if (link is null || isStopped)
            {
                awaited = others;
                return;
            }

            List<Peer> now = [];
            foreach (PeerAddress other in others)
            {
                if (Take(other) is { } peer)
                {
                    now.Add(peer);
                }
            }

            foreach (Peer gone in peers.Where(peer => !now.Contains(peer)))
            {
                gone.Stop();
                log.RemovedPeer(new HexId(link.Events.MemberId), new HexId(gone.Id));
            }

            Volatile.Write(ref peers, [.. now]);
            ForgetRemotes(remote => Find(peers, remote.Id) is not null || this.removed.Contains(remote.Id));
        }
    }

    /// <inheritdoc/>
    public TimeSpan? ConnectedFor(MemberId memberId) => Find(Volatile.Read(ref peers), memberId)?.ActiveFor;

    /// <inheritdoc/>
    public void AskForMembers()
    {
        if (Volatile.Read(ref link) is not null && !Volatile.Read(ref isStopped))
        {
            Track(AskAsync());
        }
    }

    /// <summary>
    /// Remembers where a sender says that it is reached, which nobody knows as a member: it may be one, and there is nobody to ask. It is
    /// forgotten when there is.
    /// </summary>
    internal void AddStranger(PeerAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (gate)
        {
            if (link is null || !link.Events.ListensToStrangers || strangers.Count >= PeerLimits.Strangers
                || address.PeerUrls.Count > PeerLimits.RemoteUrls)
            {
                return;
            }

            if (TryAddRemote(address))
            {
                strangers.Add(address.Id);
            }
        }
    }

    /// <summary>Disconnects from all.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] ending;
        lock (gate)
        {
            if (isStopped)
            {
                return;
            }

            isStopped = true;
            foreach (Peer peer in peers.Concat(remotes))
            {
                peer.Stop();
            }

            Volatile.Write(ref peers, []);
            Volatile.Write(ref remotes, []);
            ending = [.. running];
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(ending).ConfigureAwait(false);
        http?.Dispose();
        stop.Dispose();
    }

    internal Peer? FindPeer(ulong id) => Find(Volatile.Read(ref peers), id);

    internal bool IsRemoved(ulong id) => Volatile.Read(ref removed).Contains(id);

    private static Peer? Find(Peer[] among, ulong id)
    {
        foreach (Peer peer in among)
        {
            if (peer.Id == id)
            {
                return peer;
            }
        }

        return null;
    }

    /// <summary>Asks, and remembers where those are reached who are members and are not in the log of this one yet.</summary>
    private async Task AskAsync()
    {
        // Off the caller's thread at once, which is the engine's.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        IEnumerable<Uri> urls = Volatile.Read(ref peers).Select(static peer => peer.Urls.Current).Concat(initialUrls);
        IReadOnlyList<Member>? members = await inquiry!.AskAsync(urls, stop.Token).ConfigureAwait(false);
        if (members is [])
        {
            return;
        }

        if (members is not null)
        {
            lock (gate)
            {
                ForgetRemotes(remote => !strangers.Contains(remote.Id) && members.All(member => member.Id != remote.Id));
                foreach (Member member in members)
                {
                    TryAddRemote(new PeerAddress(new MemberId(member.Id), member.PeerUrls));
                }
            }
        }

        Link.Events.Introduce(members is null ? null : [.. members.Select(static member => member.Id)]);
    }

    private bool TryAddRemote(PeerAddress address)
    {
        if (link is null
            || isStopped
            || remotes.Length >= PeerLimits.Remotes
            || address.Id == NodeId.None
            || address.Id == link.Events.MemberId
            || IsRemoved(address.Id)
            || Find(peers, address.Id) is not null
            || Find(remotes, address.Id) is not null
            || !PeerUrls.TryParse(address.PeerUrls, out IReadOnlyList<Uri>? urls))
        {
            return false;
        }

        Volatile.Write(ref remotes, [.. remotes, Run(new Peer(link, address.Id, urls, isMember: false))]);
        log.AddedRemote(new HexId(link.Events.MemberId), new HexId(address.Id), address.PeerUrls);
        return true;
    }

    private void ForgetRemotes(Func<Peer, bool> isToGo)
    {
        foreach (Peer gone in remotes.Where(isToGo).ToArray())
        {
            gone.Stop();
            strangers.Remove(gone.Id);
            Volatile.Write(ref remotes, [.. remotes.Where(remote => remote != gone)]);
        }
    }

    private void ForgetStrangers(PeerContext started)
    {
        lock (gate)
        {
            if (strangers.Count > 0 && !started.Events.ListensToStrangers)
            {
                ForgetRemotes(remote => strangers.Contains(remote.Id));
            }
        }
    }

    /// <summary>The peer of an address: the one that is there, with the URLs as they are now, or a new one.</summary>
    private Peer? Take(PeerAddress address)
    {
        if (!PeerUrls.TryParse(address.PeerUrls, out IReadOnlyList<Uri>? urls))
        {
            log.FoundNoUrl(new HexId(address.Id), address.PeerUrls);
            return Find(peers, address.Id);
        }

        if (Find(peers, address.Id) is { } known)
        {
            known.Urls.Update(urls);
            return known;
        }

        log.AddedPeer(new HexId(Link.Events.MemberId), new HexId(address.Id), address.PeerUrls);
        return Run(new Peer(Link, address.Id, urls, isMember: true));
    }

    private Peer Run(Peer peer)
    {
        Track(peer.RunAsync());
        return peer;
    }

    private void Track(Task work)
    {
        lock (gate)
        {
            running.RemoveWhere(task => task.IsCompleted);
            running.Add(WatchAsync(work));
        }
    }

    /// <summary>Sees to it that an error of this program is logged and does not end a connection in silence.</summary>
    private async Task WatchAsync(Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            log.LostConnections(failure);
        }
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(options.TickInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            {
                long now = PeerContext.NowMilliseconds;
                foreach (Peer peer in Volatile.Read(ref peers))
                {
                    peer.Tick(now);
                }

                ForgetStrangers(Link);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private HttpMessageHandler Handler() => options.CreateHandler(handler =>
    {
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.UseProxy = false;
        handler.ActivityHeadersPropagator = null;
        handler.ConnectTimeout = options.DialTimeout;

        // A peer closes a connection that was silent for its read timeout: this side has to be earlier.
        handler.PooledConnectionIdleTimeout = options.ReadTimeout * 0.9;

        // A stream that is given up never ends by itself: its connection is closed, not read to the end.
        handler.MaxResponseDrainSize = 0;
    });
}
