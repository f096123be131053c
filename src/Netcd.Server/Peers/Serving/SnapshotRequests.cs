using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Http;

namespace Netcd.Server.Peers.Serving;

/// <summary>Snapshots: a message with its length, then the image of the backend up to the end of the body.</summary>
internal sealed class SnapshotRequests(SnapshotReceipts receipts, ILogger log)
{
    private readonly HashSet<ulong> senders = [];

    public async Task HandleAsync(HttpContext http, PeerContext link)
    {
        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Post).ConfigureAwait(false))
        {
            return;
        }

        PeerReply.WriteClusterHeader(http, link);
        if (!await PeerReply.IsOfClusterAsync(http, link).ConfigureAwait(false))
        {
            return;
        }

        ulong from = PeerReply.SenderOf(http);
        if (link.IsRemoved(from))
        {
            await PeerReply.RefuseMessageAsync(http, PeerContext.RemovedSender).ConfigureAwait(false);
            return;
        }

        if (!link.Events.IsKnown(new MemberId(from)) && !link.Events.ListensToStrangers)
        {
            await PlainText.WriteAsync(http, StatusCodes.Status412PreconditionFailed, "cannot process snapshot of unknown member")
                .ConfigureAwait(false);
            return;
        }

        if (!TryBegin(from))
        {
            await PlainText.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "too many snapshots at a time").ConfigureAwait(false);
            return;
        }

        try
        {
            await ReceiveAsync(http, link, from).ConfigureAwait(false);
        }
        finally
        {
            End(from);
        }
    }

    private bool TryBegin(ulong from)
    {
        lock (senders)
        {
            return senders.Count < PeerLimits.SnapshotsReceived && senders.Add(from);
        }
    }

    private void End(ulong from)
    {
        lock (senders)
        {
            senders.Remove(from);
        }
    }

    private static string? RefusalOf(Message message) =>
        message is { Type: MessageType.Snapshot, Snapshot.IsEmpty: false } ? RaftNode.FaultOf(message) : "wrong raft message type";

    private async Task ReceiveAsync(HttpContext http, PeerContext link, ulong from)
    {
        // Images are as large as the backend: what bounds them is the disk.
        PeerReply.SetBodyLimit(http, null);
        using SnapshotBody body = new(http);
        Message message;
        try
        {
            message = await body.ReadMessageAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or MalformedMessageException)
        {
            log.FailedToDecodeSnapshot(new HexId(link.Events.MemberId), new HexId(from), failure.Message);
            await PlainText.WriteAsync(http, StatusCodes.Status400BadRequest, $"failed to decode raft message ({failure.Message})")
                .ConfigureAwait(false);
            return;
        }

        if (RefusalOf(message) is { } wrong)
        {
            log.UnexpectedMessage(new HexId(link.Events.MemberId), new HexId(message.From), message.Type, wrong);
            await PlainText.WriteAsync(http, StatusCodes.Status400BadRequest, wrong).ConfigureAwait(false);
        }
        else if (link.Refusal(message, from) is { } refusal)
        {
            await PeerReply.RefuseMessageAsync(http, refusal).ConfigureAwait(false);
        }
        else
        {
            await StoreAsync(http, link, body, message).ConfigureAwait(false);
        }
    }

    private async Task StoreAsync(HttpContext http, PeerContext link, SnapshotBody body, Message message)
    {
        HexId self = new(link.Events.MemberId);
        HexId from = new(message.From);
        ulong index = message.Snapshot!.Metadata.Index;
        Stopwatch watch = Stopwatch.StartNew();
        SnapshotReceipts.Sender counted = receipts.Of(message.From);
        counted.Arriving.Increment();
        log.ReceivingSnapshot(self, from, index);
        try
        {
            await link.Events.ReceiveSnapshotAsync(message, body, http.RequestAborted).ConfigureAwait(false);
            Count(counted, watch.Elapsed);
            log.ReceivedSnapshot(self, from, index, body.ImageBytes, watch.Elapsed);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (Exception failure)
            when (failure is IOException or OperationCanceledException or UnauthorizedAccessException or InvalidDataException)
        {
            counted.Failed.Increment();
            log.FailedToSaveIncomingSnapshot(self, from, index, failure.Message);

            // The reason names files of this member; its sender needs to know no more than which side is at fault.
            string fault = failure is InvalidDataException ? "the image is damaged" : "the receiver cannot store it";
            await PlainText.WriteAsync(http, StatusCodes.Status500InternalServerError, $"failed to save KV snapshot ({fault})")
                .ConfigureAwait(false);
        }
        finally
        {
            counted.Arriving.Decrement();
        }
    }

    private void Count(SnapshotReceipts.Sender sender, TimeSpan taken)
    {
        long nanoseconds = taken.Ticks * TimeSpan.NanosecondsPerTick;
        sender.Stored.Increment();
        sender.Durations.Observe(nanoseconds);
        receipts.Saves.Observe(nanoseconds);
    }
}
