using BenchmarkDotNet.Attributes;
using Netcd.Storage.Wal;

namespace Netcd.Micro.Pieces;

/// <summary>What the write-ahead log does with an entry before it is written.</summary>
public class LogBenchmarks
{
    private const int Entries = 1_000;
    private readonly RecordEncoder encoder = new(0, 1 << 20);
    private readonly byte[] data = Payload.Value();

    [Benchmark(Description = "an entry of 256 bytes encoded as a record of the log", OperationsPerInvoke = Entries), Budget(150)]
    public int EncodeEntry()
    {
        Span<byte> head = stackalloc byte[RecordBody.MaxHeadBytes];
        for (int i = 0; i < Entries; i++)
        {
            int bytes = RecordBody.WriteEntryHead(head, type: 0, term: 7, index: 1_000_000 + (ulong)i, data.Length);
            encoder.Add(RecordType.Entry, head[..bytes], data);
        }

        int pending = encoder.Pending.Length;
        encoder.Clear();
        return pending;
    }
}
