using System.Buffers;
using Google.Protobuf;
using Grpc.Core;

namespace Netcd.Server.Grpc;

/// <summary>
/// Reads requests as etcd does. Fields that the contracts do not have are dropped: to keep them costs many times what they take on the
/// wire, and nobody reads them.
/// </summary>
internal class RequestParser
{
    private readonly MessageParser parser;
    private readonly MessageShape shape;

    /// <summary>Reads what another parser reads.</summary>
    public RequestParser(MessageParser parser)
    {
        this.parser = parser.WithDiscardUnknownFields(true);
        shape = MessageShape.Of(parser.ParseFrom(ByteString.Empty).Descriptor);
    }

    /// <summary>The parser for messages that are known by how a service has them bound.</summary>
    public static RequestParser Of<T>(Marshaller<T> marshaller) =>
        new(((IMessage)marshaller.ContextualDeserializer(new Nothing())!).Descriptor.Parser);

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">It is none; in the words of etcd's parsers.</exception>
    /// <exception cref="InvalidProtocolBufferException">It is none for another reason.</exception>
    public IMessage Parse(in ReadOnlySequence<byte> message) =>
        shape.Fault(message) is { } fault ? throw new FormatException(fault) : parser.ParseFrom(message);

    private sealed class Nothing : DeserializationContext
    {
        public override int PayloadLength => 0;

        public override byte[] PayloadAsNewBuffer() => [];

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => default;
    }
}

/// <summary>Reads requests of one type.</summary>
internal sealed class RequestParser<T>(MessageParser<T> parser) : RequestParser(parser)
    where T : class, IMessage<T>;
