using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Protocol.Errors;
using Netcd.Server.Running;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>Reads the messages of a request, for as long as the caller waits.</summary>
internal static class RequestBody
{
    private static readonly CoarseTimeout Silence = new(ServiceLimits.RequestPatience);

    /// <summary>Has a read that waits end; a request that was aborted has ended its reads already.</summary>
    public static void CancelRead(PipeReader input)
    {
        try
        {
            input.CancelPendingRead();
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The server throws what the request's reads end with.
        }
    }

    /// <summary>Reads the message of a unary call. Whatever is behind it is not looked at, as in etcd.</summary>
    /// <exception cref="RpcException">There is none, or it is not taken; in the words of Go's gRPC server.</exception>
    public static async ValueTask<Frame> ReadOnlyAsync(PipeReader input, CallHead head, int maxMessageBytes)
    {
        while (true)
        {
            ValueTask<ReadResult> read = input.ReadAsync();
            ReadResult result = read.IsCompleted
                ? await read.ConfigureAwait(false)
                : await WaitAsync(read, input, head).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (Frame.TryRead(buffer, head, maxMessageBytes, out Frame frame))
            {
                return frame;
            }

            if (result.IsCompleted)
            {
                throw new RpcException(new Status(StatusCode.Unknown, Frame.EndOf(buffer, out _)));
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Reads the message of a call that is answered by a stream, and that there is no other.</summary>
    /// <exception cref="RpcException">There is none, or more than one, or it is not taken.</exception>
    public static async ValueTask<IMessage> ReadSingleAsync(PipeReader input, CallHead head, int maxMessageBytes, RequestParser parser)
    {
        IMessage? message = null;
        while (true)
        {
            ValueTask<ReadResult> read = input.ReadAsync();
            ReadResult result = read.IsCompleted
                ? await read.ConfigureAwait(false)
                : await WaitAsync(read, input, head).ConfigureAwait(false);
            ReadOnlySequence<byte> rest = result.Buffer;
            while (Frame.TryRead(rest, head, maxMessageBytes, out Frame frame))
            {
                IMessage next = frame.Parse(parser, isOfStream: true);
                message = message is null ? next : throw Violation("multiple request messages for");
                rest = rest.Slice(frame.End);
            }

            if (result.IsCompleted)
            {
                string end = Frame.EndOf(rest, out bool hasMore);
                return hasMore
                    ? throw new RpcException(new Status(StatusCode.Internal, end))
                    : message ?? throw Violation("no request message from");
            }

            input.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static RpcException Violation(string what) =>
        new(new Status(StatusCode.Internal, $"cardinality violation: received {what} non-client-streaming RPC"));

    /// <summary>
    /// Waits for more of a request: for as long as the caller does, but not while nothing comes for long, as a request that was begun and
    /// not ended would hold what it has for ever.
    /// </summary>
    /// <exception cref="EtcdException">The caller's time is over.</exception>
    /// <exception cref="IOException">Nothing came.</exception>
    /// <remarks>Only a read that has to wait for a caller with a deadline takes a timer.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read, PipeReader input, CallHead head)
    {
        ReadResult result;
        bool isShort = head.HasTimeout && head.Remaining < ServiceLimits.RequestPatience;
        using (CancellationTokenSource? deadline = isShort ? new(head.Remaining) : null)
        using ((deadline?.Token ?? Silence.Begin()).UnsafeRegister(static reader => CancelRead((PipeReader)reader!), input))
        {
            result = await read.ConfigureAwait(false);
        }

        if (!result.IsCanceled)
        {
            return result;
        }

        input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        throw isShort ? EtcdErrors.DeadlineExceeded.ToException() : new IOException("the client sends nothing");
    }
}
