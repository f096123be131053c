using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Protocol.V3;

namespace Netcd.Client.Connecting;

/// <summary>Calls by their names, and messages as bytes.</summary>
internal static class Messages
{
    public static Method<TRequest, TResponse> Unary<TRequest, TResponse>(string service, string name, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => Define<TRequest, TResponse>(MethodType.Unary, service, name, answers);

    public static Method<TRequest, TResponse> ServerStream<TRequest, TResponse>(
        string service, string name, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => Define<TRequest, TResponse>(MethodType.ServerStreaming, service, name, answers);

    public static Method<TRequest, TResponse> Duplex<TRequest, TResponse>(string service, string name, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => Define<TRequest, TResponse>(MethodType.DuplexStreaming, service, name, answers);

    /// <summary>A stream whose answers have a decoder of their own.</summary>
    public static Method<TRequest, TResponse> Duplex<TRequest, TResponse>(
        string service, string name, Func<ReadOnlySequence<byte>, TResponse> decode)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class => Define<TRequest, TResponse>(MethodType.DuplexStreaming, service, name, decode);

    /// <summary>The header as callers see it.</summary>
    public static EtcdHeader ToHeader(this ResponseHeader? header) =>
        header is null ? default : new EtcdHeader(header.ClusterId, header.MemberId, header.Revision, header.RaftTerm);

    /// <summary>A key and its value as callers see them, without a copy.</summary>
    public static KeyValue ToKeyValue(this Protocol.V3.KeyValue kv) =>
        new(kv.Key.Memory, kv.Value.Memory, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease);

    /// <summary>Bytes for a message, without a copy: a caller does not change them before its call has ended.</summary>
    public static ByteString ToBytes(this ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    private static Method<TRequest, TResponse> Define<TRequest, TResponse>(
        MethodType type, string service, string name, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => Define<TRequest, TResponse>(type, service, name, answers.ParseFrom);

    private static Method<TRequest, TResponse> Define<TRequest, TResponse>(
        MethodType type, string service, string name, Func<ReadOnlySequence<byte>, TResponse> decode)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class => new(
            type,
            service,
            name,
            new Marshaller<TRequest>(Write, static _ => throw new NotSupportedException("requests are only sent")),
            new Marshaller<TResponse>(
                static (_, _) => throw new NotSupportedException("answers are only received"),
                context => decode(context.PayloadAsReadOnlySequence())));

    private static void Write<T>(T message, SerializationContext context)
        where T : class, IMessage<T>
    {
        context.SetPayloadLength(message.CalculateSize());
        IBufferWriter<byte> output = context.GetBufferWriter();
        message.WriteTo(output);
        context.Complete();
    }
}
