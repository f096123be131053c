using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;

namespace Netcd.Server.Grpc;

/// <summary>
/// A message as it is sent: a byte that says whether it is compressed, four bytes of length, the message.
/// </summary>
/// <param name="Message">The message, decompressed.</param>
/// <param name="End">Where what is behind it begins.</param>
internal readonly record struct Frame(ReadOnlySequence<byte> Message, SequencePosition End)
{
    /// <summary>Bytes before the message.</summary>
    public const int HeadBytes = 5;

    private const string EndsEarly = "unexpected EOF";
    private const string UnaryComplaint = "grpc: error unmarshalling request: ";
    private const string StreamComplaint = "grpc: failed to unmarshal the received message: ";

    /// <summary>Reads the first frame of what has come in; false where it is not complete.</summary>
    /// <exception cref="RpcException">It is not taken; in the words of Go's gRPC server.</exception>
    public static bool TryRead(in ReadOnlySequence<byte> input, in CallHead head, int maxMessageBytes, out Frame frame)
    {
        frame = default;
        if (input.Length < HeadBytes)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[HeadBytes];
        input.Slice(0, HeadBytes).CopyTo(start);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(start[1..]);
        if (length > maxMessageBytes)
        {
            string text = $"grpc: received message larger than max ({length} vs. {maxMessageBytes})";
            throw new RpcException(new Status(StatusCode.ResourceExhausted, text));
        }

        if (input.Length < HeadBytes + length)
        {
            return false;
        }

        ReadOnlySequence<byte> message = input.Slice(HeadBytes, length);
        SequencePosition end = message.End;
        if (start[0] != 0)
        {
            message = Decompress(start[0], message, head, maxMessageBytes);
        }

        head.Meter?.Received(message.Length);
        frame = new Frame(message, end);
        return true;
    }

    /// <summary>Why a request that ended is not whole: nothing of it came, or not all of the message.</summary>
    /// <param name="rest">What came.</param>
    /// <param name="hasMore">Whether a message began.</param>
    public static string EndOf(in ReadOnlySequence<byte> rest, out bool hasMore)
    {
        hasMore = rest.Length >= HeadBytes;
        return hasMore ? EndsEarly : "EOF";
    }

    /// <summary>Reads the message.</summary>
    /// <exception cref="RpcException">It is none; in the words of Go's gRPC server.</exception>
    public T Parse<T>(RequestParser<T> parser)
        where T : class, IMessage<T> => (T)Parse(parser, isOfStream: false);

    /// <summary>Reads a message of a stream.</summary>
    /// <exception cref="RpcException">It is none; in the words of Go's gRPC server.</exception>
    public T ParseOfStream<T>(RequestParser<T> parser)
        where T : class, IMessage<T> => (T)Parse(parser, isOfStream: true);

    /// <summary>Reads a message as a service has it bound.</summary>
    /// <exception cref="RpcException">It is none; in the words of Go's gRPC server.</exception>
    public IMessage Parse(RequestParser parser, bool isOfStream)
    {
        try
        {
            return parser.Parse(Message);
        }
        catch (Exception failure) when (failure is FormatException or InvalidProtocolBufferException)
        {
            throw new RpcException(new Status(StatusCode.Internal, (isOfStream ? StreamComplaint : UnaryComplaint) + failure.Message));
        }
    }

    /// <summary>Writes a message.</summary>
    /// <exception cref="Protocol.Errors.EtcdException">It is larger than a message may be; nothing of it is written.</exception>
    public static void Write(PipeWriter output, in CallHead head, IMessage message)
    {
        Services.AnswerSize.Check(message);
        int size = message.CalculateSize();
        head.Meter?.Sent(size);
        if (head.IsGzip)
        {
            GzipMessage.WriteFrame(output, message.ToByteArray());
            return;
        }

        WriteHead(output, size);
        message.WriteTo(output);
    }

    /// <summary>Writes what stands before a message that is not compressed.</summary>
    public static void WriteHead(PipeWriter output, int length)
    {
        WriteHead(output.GetSpan(HeadBytes), length);
        output.Advance(HeadBytes);
    }

    /// <summary>Writes what stands before a message.</summary>
    public static void WriteHead(Span<byte> room, int length, bool isCompressed = false)
    {
        room[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(room[1..], length);
    }

    private static ReadOnlySequence<byte> Decompress(byte flag, in ReadOnlySequence<byte> message, in CallHead head, int maxMessageBytes)
    {
        if (flag == 1 && head.IsGzip)
        {
            return GzipMessage.Decompress(message, maxMessageBytes);
        }

        throw new RpcException(new Status(
            StatusCode.Internal,
            flag == 1 ? "grpc: compressed flag set with identity or empty encoding" : $"grpc: received unexpected payload format {flag}"));
    }
}
