using System.Collections.Concurrent;

namespace Netcd.Interop.Clusters;

/// <summary>
/// What clients saw, and when. Since every answer carries the store's revision, strict serializability comes down to a
/// question of order: who began after another had been answered must not see an older state.
/// </summary>
internal sealed class History
{
    private readonly ConcurrentQueue<Operation> operations = new();
    private readonly ConcurrentQueue<Operation> unknown = new();

    public int Count => operations.Count;

    /// <summary>A put was answered.</summary>
    public void Put(string key, string value, long revision, long began, long ended) =>
        operations.Enqueue(new Operation(key, value, revision, revision, began, ended) { IsPut = true });

    /// <summary>A put was not answered, or with an error: it may be done once, at any time from its beginning on, or never.</summary>
    public void Unknown(string key, string value, long began) =>
        unknown.Enqueue(new Operation(key, value, 0, 0, began, long.MaxValue) { IsPut = true });

    /// <summary>A linearizable read was answered; the value is null where there is no key.</summary>
    public void Read(string key, string? value, long modRevision, long revision, long began, long ended) =>
        operations.Enqueue(new Operation(key, value, modRevision, revision, began, ended));

    /// <summary>
    /// Fails where the answers fit no order of the operations that keeps to their times. Puts of unknown outcome that were read count
    /// as done by the time of the first answer that shows them; those that nobody read may be done or not.
    /// </summary>
    public void AssertStrictlySerializable()
    {
        // Those of unknown outcome last: a put whose effect was answered is among them by now.
        Operation[] answered = [.. operations];
        Operation[] all = [.. answered, .. Shown(answered)];
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

    /// <summary>The puts of unknown outcome that reads show; fails where a read shows what nobody put, or one put at two
    /// revisions.</summary>
    private IEnumerable<Operation> Shown(Operation[] answered)
    {
        HashSet<(string Key, string? Value, long Revision)> acknowledged =
            [.. answered.Where(operation => operation.IsPut).Select(put => (put.Key, put.Value, put.Revision))];
        ILookup<(string Key, string? Value), Operation> open = unknown.ToLookup(put => (put.Key, put.Value));
        IEnumerable<IGrouping<(string Key, string? Value), Operation>> shown = answered
            .Where(read => !read.IsPut && read.ModRevision > 0 && !acknowledged.Contains((read.Key, read.Value, read.ModRevision)))
            .GroupBy(read => (read.Key, read.Value));
        foreach (IGrouping<(string Key, string? Value), Operation> reads in shown)
        {
            Operation first = reads.MinBy(read => read.Ended)!;
            Operation? put = open[reads.Key].FirstOrDefault();
            Assert.True(put is not null, $"{first} shows what nobody put, or at another revision than its put was told");
            Assert.True(put.Began < first.Ended, $"{first} shows a put that had not begun: {put}");
            Assert.True(reads.All(read => read.ModRevision == first.ModRevision), $"one put was done twice: {string.Join(", ", reads)}");
            yield return put with { ModRevision = first.ModRevision, Revision = first.ModRevision, Ended = first.Ended };
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
                Assert.True(
                    other.Key == operation.Key && other.Value == operation.Value, $"two changes of one revision: {operation}, {other}");
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
