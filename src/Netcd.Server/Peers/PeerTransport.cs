using Microsoft.Extensions.Logging;
using Netcd.Engine.Node.Peers;
using Netcd.Raft;

namespace Netcd.Server.Peers;

/// <summary>etcd's peer protocol from this member's side: connections to all others, over HTTP/1.1.</summary>
/// <remarks>Before <see cref="Start"/> peers are noted and messages are dropped: raft repeats them.</remarks>
public sealed class PeerTransport : IPeerTransport, IAsyncDisposable
{
    private readonly PeerTransportOptions options;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<Task> running = [];
    private HttpMessageInvoker? http;
    private PeerLink? link;
    private IReadOnlyList<PeerAddress> awaited = [];

    // Read without the lock: few, and seldom changed.
    private Peer[] peers = [];
    private Peer[] remotes = [];
    private HashSet<ulong> removed = [];
    private bool isStopped;

    /// <summary>A transport that is not connected yet.</summary>
    /// <param name="options">How it connects.</param>
    /// <param name="log">Where it tells of peers that come and go.</param>
    public PeerTransport(PeerTransportOptions options, ILogger log)
    {
        this.options = options;
        this.log = log;
    }

    /// <summary>Every member that is connected to.</summary>
    public IReadOnlyList<PeerStatus> Status => [.. Volatile.Read(ref peers).Select(peer => peer.Status)];

    internal PeerTransportOptions Options => options;

    /// <summary>The link, or null before the start.</summary>
    internal PeerLink? StartedLink => Volatile.Read(ref link);

    internal PeerLink Link => Volatile.Read(ref link) ?? throw new InvalidOperationException("the transport is not started");

    /// <summary>Begins to connect.</summary>
    /// <param name="events">Who is told what arrives and what was lost.</param>
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
            Volatile.Write(ref link, new PeerLink(options, events, http, IsRemoved, log));
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

        log.LogDebug("ignored message send request; unknown remote peer target; type {Type} unknown-target-peer-id {PeerId}", message.Type, PeerHeaders.Hex(message.To));
        started.Events.Unreachable(message.To);
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
            started.Events.Unreachable(message.To);
            started.Events.SnapshotSent(message.To, succeeded: false);
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
                log.LogInformation("removed remote peer; removed-remote-peer-id {PeerId}", PeerHeaders.Hex(gone.Id));
            }

            foreach (Peer known in remotes.Where(remote => Find([.. now], remote.Id) is not null || this.removed.Contains(remote.Id)))
            {
                known.Stop();
                Volatile.Write(ref remotes, [.. remotes.Where(remote => remote != known)]);
            }

            Volatile.Write(ref peers, [.. now]);
        }
    }

    /// <inheritdoc/>
    public TimeSpan? ConnectedFor(ulong memberId) =>
        Find(Volatile.Read(ref peers), memberId)?.Status.ActiveSince is { } since ? DateTimeOffset.UtcNow - since : null;

    /// <summary>
    /// Remembers where a member is reached that is not known from the log yet: one that a joining member was told of, or one that
    /// has sent a message and its URLs. Members that are known, and senders beyond a limit, are left out.
    /// </summary>
    public void AddRemote(PeerAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        lock (gate)
        {
            if (link is null
                || isStopped
                || remotes.Length >= PeerLimits.Remotes
                || address.PeerUrls.Count > PeerLimits.RemoteUrls
                || address.Id == NodeId.None
                || address.Id == link.Events.MemberId
                || IsRemoved(address.Id)
                || Find(peers, address.Id) is not null
                || Find(remotes, address.Id) is not null
                || !PeerUrls.TryParse(address.PeerUrls, out IReadOnlyList<Uri>? urls))
            {
                return;
            }

            Volatile.Write(ref remotes, [.. remotes, Run(new Peer(link, address.Id, urls, isMember: false))]);
        }

        log.LogInformation("added new remote peer; remote-peer-id {PeerId} remote-peer-urls {Urls}", PeerHeaders.Hex(address.Id), string.Join(',', address.PeerUrls));
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

    /// <summary>The peer of an address: the one that is there, with the URLs as they are now, or a new one.</summary>
    private Peer? Take(PeerAddress address)
    {
        if (!PeerUrls.TryParse(address.PeerUrls, out IReadOnlyList<Uri>? urls))
        {
            log.LogError("member {PeerId} has no peer URL that can be connected to: {Urls}", PeerHeaders.Hex(address.Id), string.Join(',', address.PeerUrls));
            return Find(peers, address.Id);
        }

        if (Find(peers, address.Id) is { } known)
        {
            known.Urls.Update(urls);
            return known;
        }

        log.LogInformation("added remote peer; remote-peer-id {PeerId} remote-peer-urls {Urls}", PeerHeaders.Hex(address.Id), string.Join(',', address.PeerUrls));
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

    /// <summary>Sees to it that an error of this program is told and does not end a connection in silence.</summary>
    private async Task WatchAsync(Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            log.LogCritical(failure, "the connections to a peer ended by an error of the program");
        }
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(options.TickInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            {
                long now = PeerLink.NowMilliseconds;
                foreach (Peer peer in Volatile.Read(ref peers))
                {
                    peer.Tick(now);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private SocketsHttpHandler Handler()
    {
        SocketsHttpHandler handler = options.CreateHandler();
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.UseProxy = false;
        handler.ActivityHeadersPropagator = null;
        handler.ConnectTimeout = options.DialTimeout;

        // A peer closes a connection that was silent for its read timeout: this side has to be earlier.
        handler.PooledConnectionIdleTimeout = options.ReadTimeout * 0.9;

        // A stream that is given up never ends by itself: its connection is closed, not read to the end.
        handler.MaxResponseDrainSize = 0;
        return handler;
    }
}
