using Netcd.Engine.Membership;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Server.Peers.Streams;

/// <summary>The receiving end of a stream: opens it at the peer, passes on what comes, and opens it again whenever it ends.</summary>
internal sealed class IncomingStream(
    PeerContext link, ulong peerId, StreamKind kind, PeerUrls urls, PeerActivity activity, PeerMetrics traffic)
{
    private CancellationTokenSource? connection;
    private long lastRead;

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            long begun = PeerContext.NowMilliseconds;
            await ConnectAsync(stop).ConfigureAwait(false);
            TimeSpan rest = link.Options.DialInterval - TimeSpan.FromMilliseconds(PeerContext.NowMilliseconds - begun);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Breaks a connection on which nothing came for too long; called every so often.</summary>
    public void Tick(long nowMilliseconds)
    {
        if (nowMilliseconds - Interlocked.Read(ref lastRead) < link.Options.ReadTimeout.TotalMilliseconds)
        {
            return;
        }

        try
        {
            Volatile.Read(ref connection)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself a moment ago.
        }
    }

    private async Task ConnectAsync(CancellationToken stop)
    {
        using CancellationTokenSource current = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Interlocked.Exchange(ref lastRead, PeerContext.NowMilliseconds);
        Volatile.Write(ref connection, current);
        Uri url = urls.Current;
        string action = "dial";
        try
        {
            using HttpResponseMessage response = await DialAsync(url, current.Token).ConfigureAwait(false);
            action = "read";
            activity.Activate();
            link.Log.EstablishedReader(kind.Name(), new HexId(link.Events.MemberId), new HexId(peerId));
            await ReadAsync(await response.Content.ReadAsStreamAsync(current.Token).ConfigureAwait(false), current.Token)
                .ConfigureAwait(false);
            LogLost("EOF");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            link.Log.StoppedReader(kind.Name(), new HexId(link.Events.MemberId), new HexId(peerId));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException
            or OperationCanceledException or PeerRefusedException or MalformedMessageException)
        {
            string reason = failure is OperationCanceledException ? "i/o timeout" : failure.Message;
            if (failure is PeerRefusedException)
            {
                activity.Refused(kind.Name(), reason);
            }

            Fail(action, reason);
            urls.Failed(url);
        }
        catch (Exception failure)
        {
            // An error of this program, on what this peer has sent: the connection is done with, the next one may be better.
            link.Log.EndedReaderByFault(failure, kind.Name(), new HexId(peerId));
            Fail(action, failure.Message);
            urls.Failed(url);
        }
        finally
        {
            Volatile.Write(ref connection, null);
        }
    }

    private async Task<HttpResponseMessage> DialAsync(Uri url, CancellationToken cancellation)
    {
        using HttpRequestMessage request = link.Request(HttpMethod.Get, url, kind.Path() + PeerHeaders.Hex(link.Events.MemberId));
        request.Headers.Add(PeerHeaders.To, PeerHeaders.Hex(peerId));
        HttpResponseMessage response = await link.Http.SendAsync(request, cancellation).ConfigureAwait(false);
        try
        {
            await PeerAnswers.CheckStreamAsync(link, response, peerId, cancellation).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task ReadAsync(Stream stream, CancellationToken cancellation)
    {
        FrameReader reader = new(stream, FrameDecoder.For(kind, link.Events.MemberId, peerId));
        int read;
        while ((read = await reader.FillAsync(cancellation).ConfigureAwait(false)) > 0)
        {
            Interlocked.Exchange(ref lastRead, PeerContext.NowMilliseconds);
            traffic.ReceivedBytes.Add(read);
            while (reader.TryRead(out Message message))
            {
                if (!LinkHeartbeat.Is(message))
                {
                    link.Deliver(message, peerId);
                }
            }
        }
    }

    private void Fail(string action, string reason)
    {
        if (action == "read")
        {
            traffic.ReceiveFailures.Increment();
            LogLost(reason);
        }

        activity.Deactivate(action, kind.Name(), reason);
    }

    private void LogLost(string reason) => link.Log.LostReader(kind.Name(), new HexId(link.Events.MemberId), new HexId(peerId), reason);
}
