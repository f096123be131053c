using BenchmarkDotNet.Attributes;
using Netcd.Storage;

namespace Netcd.Micro.Pieces;

/// <summary>The checksum of log records, snapshot files and key hashes.</summary>
public class ChecksumBenchmarks
{
    private readonly byte[] record = Payload.Value();
    private readonly byte[] page = Payload.Value(bytes: 65_536);

    [Benchmark(Description = "CRC-32C of 256 bytes"), Budget(50)]
    public uint SumRecord() => Crc32C.Append(1, record);

    [Benchmark(Description = "CRC-32C of 64 KiB"), Budget(7_000)]
    public uint SumPage() => Crc32C.Append(1, page);
}
