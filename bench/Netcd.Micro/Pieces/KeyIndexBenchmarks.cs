using BenchmarkDotNet.Attributes;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;

namespace Netcd.Micro.Pieces;

/// <summary>The index of all keys, which every read and every write goes through.</summary>
public class KeyIndexBenchmarks
{
    private const int Keys = 100_000;
    private const int Puts = 10_000;
    private const int PutsPerBatch = 16;

    private readonly byte[][] keys = [.. Enumerable.Range(0, Keys).Select(Payload.Key)];
    private KeyIndexView view;
    private uint next;

    [GlobalSetup]
    public void Fill()
    {
        KeyIndex index = new();
        for (int i = 0; i < Keys; i++)
        {
            index.Put(keys[i], new Revision(2 + i, 0));
        }

        view = index.Publish();
    }

    [Benchmark(Description = "a key of 100,000 found in the index"), Budget(1_500)]
    public long Find()
    {
        next = Payload.Next(next);
        return view.TryGet(keys[next % Keys], out KeyRecord record) ? record.ModMain : throw new InvalidOperationException("it is missing");
    }

    /// <summary>The nodes of a published state are never changed: the first put into one after that copies it.</summary>
    [Benchmark(
        Description = "a put of a new key, in an index of up to 10,000, published every 16", OperationsPerInvoke = Puts), Budget(2_500)]
    public int Put()
    {
        KeyIndex index = new();
        for (int i = 0; i < Puts; i++)
        {
            index.Put(keys[i], new Revision(2 + i, 0));
            if (i % PutsPerBatch == 0)
            {
                index.Publish();
            }
        }

        return index.Publish().LiveCount;
    }
}
