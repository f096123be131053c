using System.Diagnostics;
using Netcd.Engine.Membership;
using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Server.Peers.Sending;

/// <summary>Sends snapshots with their images to one peer, one at a time: raft asks for the next only when it heard of the last.</summary>
internal sealed class SnapshotSender(PeerContext link, ulong peerId, PeerUrls urls, PeerActivity activity, PeerMetrics traffic)
{
    private const string Source = "sendMsgSnap";
    private int isSending;

    /// <summary>Sends one and reports how it went; the image is disposed.</summary>
    public async Task SendAsync(Message message, ISnapshotImage image, CancellationToken stop)
    {
        // Off the caller's thread at once: it must not wait for a connection.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        bool succeeded = false;
        using (image)
        {
            if (Interlocked.Exchange(ref isSending, 1) != 0)
            {
                link.Log.DroppedSnapshot(new HexId(peerId));
            }
            else
            {
                traffic.SnapshotsOnTheirWay.Increment();
                try
                {
                    succeeded = await PostAsync(message, image, stop).ConfigureAwait(false);
                }
                catch (Exception failure)
                {
                    // Whatever it was, raft must hear that the snapshot has not arrived, or it would wait for ever.
                    link.Log.LostSnapshot(failure, new HexId(peerId));
                }
                finally
                {
                    traffic.SnapshotsOnTheirWay.Decrement();
                    Interlocked.Exchange(ref isSending, 0);
                }
            }
        }

        if (!succeeded)
        {
            traffic.SendFailures.Increment();
            traffic.LostSnapshots.Increment();
            link.Events.Unreachable(new MemberId(peerId));
        }

        link.Events.SnapshotSent(new MemberId(peerId), succeeded);
    }

    private async Task<bool> PostAsync(Message message, ISnapshotImage image, CancellationToken stop)
    {
        Stopwatch watch = Stopwatch.StartNew();
        ulong index = message.Snapshot?.Metadata.Index ?? 0;
        Uri url = urls.Current;
        using CancellationTokenSource stalled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        stalled.CancelAfter(PeerLimits.SnapshotStall);
        try
        {
            if (RaftWire.Size(message) > PeerLimits.SnapshotMessageBytes)
            {
                throw new PeerRefusedException($"the snapshot's message is larger than {PeerLimits.SnapshotMessageBytes} bytes");
            }

            link.Log.SendingSnapshot(index, new HexId(peerId), image.SizeBytes);
            using HttpRequestMessage request = link.Request(HttpMethod.Post, url, "/raft/snapshot");
            request.Content = new SnapshotContent(message, image, Progress);
            using HttpResponseMessage response = await link.Http.SendAsync(request, stalled.Token).ConfigureAwait(false);
            await PeerAnswers.CheckPostAsync(link, response, stalled.Token).ConfigureAwait(false);
            activity.Activate();
            traffic.SentSnapshots.Increment();
            traffic.SnapshotSends.Observe(watch.Elapsed.Ticks * TimeSpan.NanosecondsPerTick);
            link.Log.SentSnapshot(index, new HexId(peerId), image.SizeBytes, watch.Elapsed);
            return true;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException
            or OperationCanceledException or PeerRefusedException or ObjectDisposedException)
        {
            string reason = failure is OperationCanceledException ? "i/o timeout" : failure.Message;
            link.Log.FailedToSendSnapshot(index, new HexId(peerId), reason);
            activity.Deactivate("post", Source, reason);
            urls.Failed(url);
            return false;
        }

        void Progress(int bytes)
        {
            traffic.SentBytes.Add(bytes);
            stalled.CancelAfter(PeerLimits.SnapshotStall);
        }
    }
}
