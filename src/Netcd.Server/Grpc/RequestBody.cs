using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Protocol.Errors;

namespace Netcd.Server.Grpc;

/// <summary>Reads the messages of a request, for as long as the caller waits.</summary>
internal static class RequestBody
{
    /// <summary>Reads what has come in.</summary>
    /// <exception cref="EtcdException">The caller's time is over.</exception>
    /// <remarks>Hot path: only a read that has to wait for a caller with a deadline takes a timer.</remarks>
    public static ValueTask<ReadResult> ReadAsync(PipeReader input, in CallHead head)
    {
        ValueTask<ReadResult> read = input.ReadAsync();
        return read.IsCompleted || !head.HasTimeout ? read : WithinAsync(read, input, head.Remaining);
    }

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
            ReadResult result = await ReadAsync(input, head).ConfigureAwait(false);
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
            ReadResult result = await ReadAsync(input, head).ConfigureAwait(false);
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
                return hasMore ? throw new RpcException(new Status(StatusCode.Internal, end)) : message ?? throw Violation("no request message from");
            }

            input.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static RpcException Violation(string what) =>
        new(new Status(StatusCode.Internal, $"cardinality violation: received {what} non-client-streaming RPC"));

    private static async ValueTask<ReadResult> WithinAsync(ValueTask<ReadResult> read, PipeReader input, TimeSpan limit)
    {
        ReadResult result;
        using CancellationTokenSource deadline = new(limit);
        using (deadline.Token.UnsafeRegister(static reader => CancelRead((PipeReader)reader!), input))
        {
            result = await read.ConfigureAwait(false);
        }

        if (result.IsCanceled)
        {
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            throw EtcdErrors.DeadlineExceeded.ToException();
        }

        return result;
    }
}
