using System.Buffers;
using Microsoft.AspNetCore.Http;
using Netcd.Server.Running;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>Sends a large answer to a Range: encoded in pieces at the reader's pace, so that no more of it is in memory than a
/// piece.</summary>
internal static class LargeAnswer
{
    /// <summary>Sends it.</summary>
    /// <param name="http">The call.</param>
    /// <param name="head">What the call's headers say.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="answers">What large answers share.</param>
    /// <param name="gone">Fires when nobody waits any more.</param>
    /// <exception cref="Protocol.Errors.EtcdException">No message can hold it.</exception>
    public static ValueTask SendAsync(
        HttpContext http, CallHead head, RangeAnswer answer, long size, LargeAnswers answers, CancellationToken gone)
    {
        AnswerSize.Check(size);
        head.Meter?.Sent(size);
        return head.IsGzip ? CompressAsync(http, answer, (int)size, answers, gone) : SendAsync(http, answer, (int)size, gone);
    }

    private static async ValueTask SendAsync(HttpContext http, RangeAnswer answer, int size, CancellationToken gone)
    {
        Frame.WriteHead(http.Response.BodyWriter, size);
        int sinceTurn = 0;
        for (int place = 0; place != RangeAnswer.End;)
        {
            place = answer.WriteTo(http.Response.BodyWriter, place, ServiceLimits.FlushBytes);
            await SlowReader.LimitAsync(ResponseBody.FlushAsync(http, gone).AsTask(), ServiceLimits.ReaderPatience).ConfigureAwait(false);
            sinceTurn += ServiceLimits.FlushBytes;
            if (sinceTurn >= ServiceLimits.BytesInTurn)
            {
                sinceTurn = 0;
                await Task.Yield();
            }
        }
    }

    private static async ValueTask CompressAsync(
        HttpContext http, RangeAnswer answer, int size, LargeAnswers answers, CancellationToken gone)
    {
        // The message, what it is compressed to, and what the transport holds of that.
        using MemoryBudget.Share share = await answers.Memory.TakeAsync(3L * size, gone).ConfigureAwait(false);
        ReadOnlyMemory<byte> compressed = await answers.RunAsync(() => Compress(answer, size), gone).ConfigureAwait(false);
        GzipMessage.WriteHead(http.Response.BodyWriter, compressed.Length);
        await ResponseBody.WriteAsync(http, compressed, gone).ConfigureAwait(false);
    }

    private static ReadOnlyMemory<byte> Compress(RangeAnswer answer, int size)
    {
        ArrayBufferWriter<byte> message = new(size);
        answer.WriteTo(message);
        return GzipMessage.Compress(message.WrittenSpan);
    }
}
