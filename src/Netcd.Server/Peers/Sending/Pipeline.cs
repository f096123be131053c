using System.Buffers;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Netcd.Engine.Membership;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Peers.Streams;

namespace Netcd.Server.Peers.Sending;

/// <summary>
/// Sends messages as single POSTs, a few at a time: what a peer gets while it has no stream open here.
/// </summary>
internal sealed class Pipeline(PeerContext link, ulong peerId, PeerUrls urls, PeerActivity activity, PeerMetrics traffic)
{
    private const string Source = "pipeline";

    private readonly Channel<Message> queue = Channel.CreateBounded<Message>(
        new BoundedChannelOptions(PeerLimits.PipelineQueueMessages) { FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Puts a message into the queue.</summary>
    public SendOutcome Send(Message message) => queue.Writer.TryWrite(message) ? SendOutcome.Taken : SendOutcome.Full;

    /// <summary>Runs until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, PeerLimits.PipelineConnections).Select(_ => WorkAsync(stop)));

    private async Task WorkAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                Message message = await queue.Reader.ReadAsync(stop).ConfigureAwait(false);
                bool succeeded = await PostAsync(message, stop).ConfigureAwait(false);
                if (!succeeded && !stop.IsCancellationRequested)
                {
                    traffic.SendFailures.Increment();
                    link.Events.Unreachable(new MemberId(peerId));
                }

                if (message.Type == MessageType.Snapshot)
                {
                    link.Events.SnapshotSent(new MemberId(peerId), succeeded);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task<bool> PostAsync(Message message, CancellationToken stop)
    {
        int size = RaftWire.Size(message);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
        Uri url = urls.Current;
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(link.Options.DialTimeout + link.Options.WriteTimeout + link.Options.ReadTimeout);
        try
        {
            RaftWire.Write(message, buffer);
            using HttpRequestMessage request = link.Request(HttpMethod.Post, url, "/raft");
            request.Content = new ByteArrayContent(buffer, 0, size);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/protobuf");
            using HttpResponseMessage response = await link.Http.SendAsync(request, late.Token).ConfigureAwait(false);
            await PeerAnswers.CheckPostAsync(link, response, late.Token).ConfigureAwait(false);
            activity.Activate();
            traffic.SentBytes.Add(size);
            ArrayPool<byte>.Shared.Return(buffer);
            return true;
        }
        catch (Exception failure)
        {
            if (failure is not (HttpRequestException or IOException or OperationCanceledException or PeerRefusedException))
            {
                link.Log.LostMessage(failure, new HexId(peerId));
            }

            // The buffer is left to the collector: a request that was given up may still be reading it.
            if (!stop.IsCancellationRequested)
            {
                if (failure is PeerRefusedException)
                {
                    activity.Refused(Source, failure.Message);
                }

                activity.Deactivate("write", Source, failure is OperationCanceledException ? "i/o timeout" : failure.Message);
                urls.Failed(url);
            }

            return false;
        }
    }
}
