using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.V3;
using Netcd.Server.Services;
using Netcd.Storage.Disk;

namespace Netcd.Micro.Pieces;

/// <summary>Reads of a store of 100,000 keys that are in the file.</summary>
public class StoreBenchmarks
{
    private const int Keys = 100_000;
    private const int Ones = 1_000;

    private readonly ResponseHeader header = new() { ClusterId = 0x1234_5678_9abc_def0, MemberId = 0x0fed_cba9_8765_4321, RaftTerm = 3 };
    private readonly ArrayBufferWriter<byte> output = new(1 << 16);
    private readonly RangeRequest[] ones = [.. Enumerable.Range(0, Ones).Select(static i => One(i * 97))];
    private readonly RangeRequest hundred = new()
    {
        Key = ByteString.CopyFromUtf8("/registry/"),
        RangeEnd = ByteString.CopyFromUtf8("/registry0"),
        Limit = 100,
    };

    private DirectoryInfo? directory;
    private BackendFile? file;
    private MvccStore? store;
    private RangeAnswer? answer;
    private uint next;

    [GlobalSetup]
    public void Fill()
    {
        directory = Directory.CreateTempSubdirectory("netcd-micro");
        file = BackendFile.Open(PhysicalDisk.Instance, Path.Combine(directory.FullName, "db"));
        store = MvccStore.Restore(file.OpenView(), new HashSeed(1, 2));
        byte[] value = Payload.Value();
        for (int i = 0; i < Keys; i++)
        {
            store.Put(Payload.Key(i), value, lease: 0);
            store.EndTransaction();
        }

        BackendBatch batch = new() { Records = store.TakePending(store.PendingCount), ConsistentIndex = 1, Term = 1 };
        file.Commit(batch);
        store.Committed(batch.Records.Count, file.OpenView());
        store.Publish();
        ReadHandle handle = store.Acquire();
        answer = new RangeAnswer(handle, handle.Range(hundred), header);
    }

    [GlobalCleanup]
    public void Close()
    {
        answer?.Dispose();
        store?.Close();
        file?.Dispose();
        directory?.Delete(recursive: true);
    }

    [Benchmark(Description = "a range of one key: state taken, index and file read, answer encoded"), Budget(3_000)]
    public int ReadOne() => Read(ones[next++ % Ones], records: 1);

    [Benchmark(Description = "a range of 100 of 100,000 keys: the same"), Budget(60_000)]
    public int ReadHundred() => Read(hundred, records: 100);

    [Benchmark(Description = "an answer of 100 records of 256 bytes encoded"), Budget(7_000)]
    public int EncodeHundred()
    {
        output.ResetWrittenCount();
        answer!.WriteTo(output);
        return output.WrittenCount;
    }

    private int Read(RangeRequest request, int records)
    {
        ReadHandle handle = store!.Acquire();
        using RangeAnswer read = new(handle, handle.Range(request), header);
        output.ResetWrittenCount();
        read.WriteTo(output);
        return output.WrittenCount > records * Payload.ValueBytes
            ? output.WrittenCount
            : throw new InvalidOperationException("one is missing");
    }

    private static RangeRequest One(int number) => new() { Key = ByteString.CopyFrom(Payload.Key(number)) };
}
