using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Netcd.Server.Running;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>
/// Sends the message that answers a call: a small one at once, a large one encoded off the pool and at the reader's pace.
/// </summary>
internal static class UnaryAnswer
{
    /// <summary>Sends it.</summary>
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
            AnswerSize.Check(size);
            return SendLargeAsync(http, head, message, (int)size, answers, gone);
        }

        Frame.Write(http.Response.BodyWriter, head, message);
        return ValueTask.CompletedTask;
    }

    private static async ValueTask SendLargeAsync(
        HttpContext http, CallHead head, IMessage message, int size, LargeAnswers answers, CancellationToken gone)
    {
        // The message, what it is compressed to, and what the transport holds of that.
        using MemoryBudget.Share share = await answers.Memory.TakeAsync((head.IsGzip ? 3L : 2L) * size, gone).ConfigureAwait(false);
        bool isGzip = head.IsGzip;
        ReadOnlyMemory<byte> encoded = await answers.RunAsync(() => Encode(message, isGzip), gone).ConfigureAwait(false);
        if (isGzip)
        {
            GzipMessage.WriteHead(http.Response.BodyWriter, encoded.Length);
        }
        else
        {
            Frame.WriteHead(http.Response.BodyWriter, encoded.Length);
        }

        await ResponseBody.WriteAsync(http, encoded, gone).ConfigureAwait(false);
    }

    private static ReadOnlyMemory<byte> Encode(IMessage message, bool isGzip)
    {
        byte[] bytes = message.ToByteArray();
        return isGzip ? GzipMessage.Compress(bytes) : bytes;
    }
}
