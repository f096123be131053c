using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Grpc;

/// <summary>
/// The head of a request's frame: whether it is compressed, and how long. It is looked at before the gRPC library reads the frame,
/// which tells what is wrong with it in other words than etcd does, or says that the handler has failed.
/// </summary>
internal static class FrameHead
{
    /// <summary>Bytes of a head: the flag and four of the length.</summary>
    public const int Bytes = 5;

    /// <summary>What Go's gRPC server says of a frame that it does not take; null where it does.</summary>
    public static Status? RefusalOf(bool isCompressed, uint length, HttpRequest request, int maxReceiveBytes)
    {
        if (length > maxReceiveBytes)
        {
            return new Status(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {maxReceiveBytes})");
        }

        if (!isCompressed)
        {
            return null;
        }

        string? encoding = request.Headers["grpc-encoding"];
        return string.IsNullOrEmpty(encoding) || encoding == "identity"
            ? new Status(StatusCode.Internal, "grpc: compressed flag set with identity or empty encoding")
            : new Status(StatusCode.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding \"{encoding}\"");
    }

    /// <summary>
    /// Answers a call of a single request whose frame is not taken; true where it did. A stream of requests is left alone: its first
    /// one may be long in coming, and the handler must begin before.
    /// </summary>
    public static async ValueTask<bool> RefuseAsync(HttpContext http, int maxReceiveBytes)
    {
        MethodType? type = http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.Type;
        if (type is not (MethodType.Unary or MethodType.ServerStreaming)
            || await PeekAsync(http.Request.BodyReader).ConfigureAwait(false) is not { } head
            || RefusalOf(head.IsCompressed, head.Length, http.Request, maxReceiveBytes) is not { } refusal)
        {
            return false;
        }

        LeanCalls.Begin(http);
        LeanCalls.Finish(http, refusal.StatusCode, refusal.Detail);
        return true;
    }

    /// <summary>The head of the first frame, all of which stays to be read; null where there is no whole one.</summary>
    private static async ValueTask<(bool IsCompressed, uint Length)?> PeekAsync(PipeReader input)
    {
        ReadResult result = await input.ReadAtLeastAsync(Bytes).ConfigureAwait(false);
        (bool, uint)? head = result.Buffer.Length < Bytes ? null : Parse(result.Buffer);
        input.AdvanceTo(result.Buffer.Start);
        return head;
    }

    private static (bool IsCompressed, uint Length) Parse(ReadOnlySequence<byte> frame)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        frame.Slice(0, Bytes).CopyTo(bytes);
        return (bytes[0] != 0, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
    }
}
