using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Protocol.V3;

namespace Netcd.Micro.Pieces;

/// <summary>What each member does with each entry that is committed, before it decodes it.</summary>
public class EnvelopeBenchmarks
{
    private readonly byte[] entry = new InternalRaftRequest
    {
        Header = new RequestHeader { ID = 0x1234_5678_9abc_def0 },
        Put = new PutRequest { Key = ByteString.CopyFrom(Payload.Key(1)), Value = ByteString.CopyFrom(Payload.Value()) },
    }.ToByteArray();

    [Benchmark(Description = "the id read from an entry with a put of 256 bytes"), Budget(100)]
    public ulong ReadId() =>
        RequestEnvelope.TryReadId(entry, out ulong id) ? id : throw new InvalidOperationException("there is no id");
}
