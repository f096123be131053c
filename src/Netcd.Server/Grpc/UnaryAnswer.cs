using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Netcd.Server.Running;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>Sends what answers a call: a small answer at once, a large one encoded off the pool and at the reader's pace.</summary>
internal static class UnaryAnswer
{
    /// <summary>Sends a message.</summary>
    /// <param name="http">The call.</param>
    /// <param name="head">What the call's headers say.</param>
    /// <param name="message">The answer.</param>
    /// <param name="answers">What large answers share.</param>
    /// <param name="gone">Fires when nobody waits any more.</param>
    /// <exception cref="Protocol.Errors.EtcdException">No message can hold it.</exception>
    public static ValueTask SendAsync(HttpContext http, CallHead head, IMessage message, LargeAnswers answers, CancellationToken gone)
    {
        long size = AnswerSize.Of(message);
        if (size > ServiceLimits.SmallAnswerBytes)
        {
            return SendLargeAsync(http, head, size, message.WriteTo, answers, gone);
        }

        Frame.Write(http.Response.BodyWriter, head, message);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends an answer that is encoded without a message.</summary>
    /// <inheritdoc cref="SendAsync(HttpContext, CallHead, IMessage, LargeAnswers, CancellationToken)"/>
    public static async ValueTask SendAsync(
        HttpContext http, CallHead head, IDirectAnswer answer, LargeAnswers answers, CancellationToken gone)
    {
        long size = await answers.SizeOfAsync(answer, gone).ConfigureAwait(false);
        if (size > ServiceLimits.SmallAnswerBytes)
        {
            await SendLargeAsync(http, head, size, answer.WriteTo, answers, gone).ConfigureAwait(false);
            return;
        }

        head.Meter?.Sent(size);
        byte[] encoded = new byte[size];
        answer.WriteTo(encoded);
        PipeWriter output = http.Response.BodyWriter;
        if (head.IsGzip)
        {
            GzipMessage.WriteFrame(output, encoded);
            return;
        }

        Frame.WriteHead(output, encoded.Length);
        output.Write(encoded);
    }

    private static async ValueTask SendLargeAsync(
        HttpContext http, CallHead head, long size, SpanAction encode, LargeAnswers answers, CancellationToken gone)
    {
        AnswerSize.Check(size);
        head.Meter?.Sent(size);

        // The message, what it is compressed to, and what the transport holds of that.
        using MemoryBudget.Share share = await answers.Memory.TakeAsync((head.IsGzip ? 3 : 2) * size, gone).ConfigureAwait(false);
        byte[] room = ArrayPool<byte>.Shared.Rent((int)size);
        bool isGzip = head.IsGzip;
        ReadOnlyMemory<byte> encoded = await answers.RunAsync(() => Encode(room, (int)size, encode, isGzip), gone).ConfigureAwait(false);
        if (isGzip)
        {
            GzipMessage.WriteHead(http.Response.BodyWriter, encoded.Length);
        }
        else
        {
            Frame.WriteHead(http.Response.BodyWriter, encoded.Length);
        }

        await ResponseBody.WriteAsync(http, encoded, gone).ConfigureAwait(false);

        // Not where something failed before: the thread that encodes may still be writing into it then.
        ArrayPool<byte>.Shared.Return(room);
    }

    private static ReadOnlyMemory<byte> Encode(byte[] room, int size, SpanAction encode, bool isGzip)
    {
        encode(room.AsSpan(0, size));
        return isGzip ? GzipMessage.Compress(room.AsSpan(0, size)) : room.AsMemory(0, size);
    }

    private delegate void SpanAction(Span<byte> target);
}
