using System.Collections.Concurrent;

namespace Netcd.Interop.Clusters;

/// <summary>
/// What clients saw, and when. Since every answer carries the store's revision, strict serializability comes down to a
/// question of order: who began after another had been answered must not see an older state.
/// </summary>
internal sealed class History
{
    private readonly ConcurrentQueue<Operation> operations = new();

    public int Count => operations.Count;

    /// <summary>A put was answered.</summary>
    public void Put(string key, string value, long revision, long began, long ended) =>
        operations.Enqueue(new Operation(key, value, revision, revision, began, ended) { IsPut = true });

    /// <summary>A linearizable read was answered; the value is null where there is no key.</summary>
    public void Read(string key, string? value, long modRevision, long revision, long began, long ended) =>
        operations.Enqueue(new Operation(key, value, modRevision, revision, began, ended));

    /// <summary>The newest revision that was acknowledged for each key, with its value.</summary>
    public IReadOnlyDictionary<string, (long Revision, string Value)> Acknowledged()
    {
        Dictionary<string, (long, string)> newest = [];
        foreach (Operation put in operations.Where(operation => operation.IsPut).OrderBy(operation => operation.Revision))
        {
            newest[put.Key] = (put.Revision, put.Value!);
        }

        return newest;
    }

    /// <summary>Fails where the answers fit no order of the operations that keeps to their times.</summary>
    public void AssertStrictlySerializable()
    {
        Operation[] all = [.. operations];
        AssertOneValuePerRevision(all);

        // By the time of their beginning; behind, in step, those that had ended before.
        Operation[] byBegin = [.. all.OrderBy(operation => operation.Began)];
        Operation[] byEnd = [.. all.OrderBy(operation => operation.Ended)];
        long highest = 0;
        Dictionary<string, long> highestOfKey = [];
        int ended = 0;
        foreach (Operation operation in byBegin)
        {
            for (; ended < byEnd.Length && byEnd[ended].Ended < operation.Began; ended++)
            {
                Operation before = byEnd[ended];
                highest = Math.Max(highest, before.Revision);
                highestOfKey[before.Key] = Math.Max(highestOfKey.GetValueOrDefault(before.Key), before.ModRevision);
            }

            Assert.True(
                operation.IsPut ? operation.Revision > highest : operation.Revision >= highest,
                $"{operation} began after revision {highest} had been seen");
            Assert.True(
                operation.ModRevision >= highestOfKey.GetValueOrDefault(operation.Key),
                $"{operation} began after {operation.Key} had been seen at revision {highestOfKey.GetValueOrDefault(operation.Key)}");
        }
    }

    private static void AssertOneValuePerRevision(Operation[] all)
    {
        Dictionary<long, Operation> seen = [];
        foreach (Operation operation in all.Where(operation => operation.ModRevision > 0))
        {
            if (!seen.TryAdd(operation.ModRevision, operation))
            {
                Operation other = seen[operation.ModRevision];
                Assert.True(other.Key == operation.Key && other.Value == operation.Value, $"two changes of one revision: {operation}, {other}");
            }
        }

        Assert.Equal(
            all.Count(operation => operation.IsPut),
            all.Where(operation => operation.IsPut).Select(operation => operation.Revision).Distinct().Count());
    }

    private sealed record Operation(string Key, string? Value, long ModRevision, long Revision, long Began, long Ended)
    {
        public bool IsPut { get; init; }
    }
}
