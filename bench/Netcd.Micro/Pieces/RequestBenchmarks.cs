using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Server.Grpc;
using Netcd.Server.Hosting;

namespace Netcd.Micro.Pieces;

/// <summary>How a request comes in: the frames of its connection, and the check and parsing of its bytes.</summary>
public class RequestBenchmarks
{
    private static readonly MessageShape Shape = MessageShape.Of(PutRequest.Descriptor);
    private static readonly RequestParser<PutRequest> Parser = new(PutRequest.Parser);

    private readonly ReadOnlySequence<byte> put = new(new PutRequest
    {
        Key = ByteString.CopyFrom(Payload.Key(1)),
        Value = ByteString.CopyFrom(Payload.Value()),
        Lease = 0x1234_5678,
    }.ToByteArray());

    private readonly Http2FrameScan scan = new(new Http2Allowance(0));
    private ReadOnlySequence<byte> frames;

    [GlobalSetup]
    public void Begin()
    {
        byte[] preface = new byte[24];
        scan.Scan(new ReadOnlySequence<byte>(preface), int.MaxValue, out _);
        byte[] call = [.. FrameOf(type: 1, 40), .. FrameOf(type: 0, 300)];
        frames = new ReadOnlySequence<byte>(call);
    }

    [Benchmark(Description = "the shape of a put of 256 bytes checked"), Budget(90)]
    public string? CheckShape() => Shape.Fault(put);

    [Benchmark(Description = "a put of 256 bytes checked and parsed"), Budget(500)]
    public IMessage Parse() => Parser.Parse(put);

    [Benchmark(Description = "the two frames of a call scanned as they come in"), Budget(80)]
    public long ScanFrames()
    {
        long bytes = scan.Scan(frames, int.MaxValue, out int counted);
        return counted == 1 ? bytes : throw new InvalidOperationException("a frame is missing");
    }

    private static byte[] FrameOf(byte type, int length) =>
        [0, (byte)(length >> 8), (byte)length, type, 4, 0, 0, 0, 1, .. new byte[length]];
}
