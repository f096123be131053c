using System.Text;
using BenchmarkDotNet.Attributes;
using Netcd.Engine.Hashing;
using Netcd.Engine.Records;
using Netcd.Engine.Watching;

namespace Netcd.Micro.Pieces;

/// <summary>What a change costs on its way to the watches, before it is sent to each.</summary>
public class WatchBenchmarks
{
    private const int Singles = 10_000;
    private const int Prefixes = 1_000;

    private readonly WatchIndex index = new(new KeyComparer(new HashSeed(1, 2)));
    private readonly List<WatchGroup> found = [];
    private readonly byte[][] keys = [.. Enumerable.Range(0, Singles).Select(KeyOf)];
    private RecordBytes record;
    private uint next;

    [GlobalSetup]
    public void Fill()
    {
        for (int i = 0; i < Singles; i++)
        {
            Add(i, WatchRange.From(keys[i], default));
        }

        for (int i = 0; i < Prefixes; i++)
        {
            Add(Singles + i, WatchRange.From(Encoding.UTF8.GetBytes($"/ns-{i:d4}/"), Encoding.UTF8.GetBytes($"/ns-{i:d4}0")));
        }

        record = new RecordBytes(KeyValueView.Encode(keys[0], Payload.Value(), create: 9, mod: 77, version: 3, lease: 0));
    }

    [Benchmark(Description = "the watches of a key found: its own and a prefix's, among 10,000 and 1,000"), Budget(1_000)]
    public int Match()
    {
        next = Payload.Next(next);
        found.Clear();
        index.Find(keys[next % Singles], found);
        return found.Count == 2 ? found.Count : throw new InvalidOperationException("a watch is missing");
    }

    [Benchmark(Description = "a put of 256 bytes encoded as an event, once for all watches"), Budget(150)]
    public byte[] EncodeEvent() =>
        new EventEncoder(null!).Encode(new MatchedChange(new Revision(77, 0), isDeletion: false, record), withPrevious: false);

    private static byte[] KeyOf(int number) => Encoding.UTF8.GetBytes($"/ns-{number % Prefixes:d4}/thing-{number:d5}");

    private void Add(int id, WatchRange? range) => index.Add(new Watch(id, null!, default, range!, WatchOptions.None, next: 1));
}
