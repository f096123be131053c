using BenchmarkDotNet.Attributes;
using Netcd.Engine.Records;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Micro.Pieces;

/// <summary>The database file's tree, with records as the store has them: keys are revisions.</summary>
public class BoltBenchmarks
{
    private const int Records = 100_000;
    private const int Puts = 1_000;

    private readonly byte[] key = new byte[Revision.EncodedLength];
    private readonly byte[] value = Payload.Value();
    private DirectoryInfo? directory;
    private BoltDatabase? database;
    private BoltReadTransaction? reading;
    private BoltBucket? bucket;
    private uint next;

    [GlobalSetup]
    public void Fill()
    {
        directory = Directory.CreateTempSubdirectory("netcd-micro");
        database = BoltDatabase.Open(PhysicalDisk.Instance, Path.Combine(directory.FullName, "db"));
        using (BoltWriteTransaction filling = database.BeginWrite())
        {
            BoltBucket records = filling.CreateBucketIfNotExists("key"u8);
            for (int i = 0; i < Records; i++)
            {
                Put(records, i);
            }

            filling.Commit();
        }

        reading = database.BeginRead();
        reading.TryGetBucket("key"u8, out bucket);
    }

    [GlobalCleanup]
    public void Close()
    {
        reading?.Dispose();
        database?.Dispose();
        directory?.Delete(recursive: true);
    }

    [Benchmark(Description = "a record of 100,000 read from the file's tree"), Budget(1_500)]
    public int Get()
    {
        next = Payload.Next(next);
        new Revision(2 + (next % Records), 0).Encode(key);
        return bucket!.TryGet(key, out ReadOnlySpan<byte> found) ? found.Length : throw new InvalidOperationException("it is missing");
    }

    /// <summary>As a commit does it, but for the writing: a thousand records behind the last one.</summary>
    [Benchmark(Description = "a record put behind 100,000 in the file's tree", OperationsPerInvoke = Puts), Budget(200)]
    public void Put()
    {
        using BoltWriteTransaction writing = database!.BeginWrite();
        if (!writing.TryGetBucket("key"u8, out BoltBucket? records))
        {
            throw new InvalidOperationException("the bucket is missing");
        }

        for (int i = 0; i < Puts; i++)
        {
            Put(records, Records + i);
        }
    }

    private void Put(BoltBucket records, int number)
    {
        new Revision(2 + number, 0).Encode(key);
        records.Put(key, value);
    }
}
