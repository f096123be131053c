using Netcd.Client;
using Netcd.Client.Keys;

namespace Netcd.ClientTests.Soak;

/// <summary>Puts, each with a value that no other has, and what became of them.</summary>
internal sealed class Writes(EtcdClient client, string prefix)
{
    private const int Keys = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The revision of the n-th put; or one of the two below.</summary>
    private readonly List<long> revisions = [];
    private int made;

    private const long Unknown = 0;
    private const long NotDone = -1;

    /// <summary>How many were made so far, with whatever outcome.</summary>
    public int Count => Volatile.Read(ref made);

    public async Task WriteAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            string key = $"{prefix}{revisions.Count % Keys}";
            revisions.Add(await PutAsync(key, $"{revisions.Count}"));
            Interlocked.Increment(ref made);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Holds a watch that was begun with the first put or before against what was answered, and against the store.</summary>
    public async Task CheckAsync(SoakWatch watch)
    {
        RangeResult now = await client.Keys.RangeAsync(KeyRange.Prefix(prefix));
        await watch.UntilAsync(now.KeyValues.Max(static kv => kv.ModRevision));
        Dictionary<int, long> seen = [];
        long before = 0;
        foreach ((long revision, int number) in watch.Events)
        {
            Assert.True(revision > before, $"revision {revision} came after {before}");
            Assert.True(seen.TryAdd(number, revision), $"put {number} was made again at {revision}");
            before = revision;
        }

        // Before the watch had begun some puts may have been made: they are counted by the store alone.
        int first = watch.Events[0].Number;
        for (int n = first; n < revisions.Count; n++)
        {
            long revision = seen.GetValueOrDefault(n, NotDone);
            bool isRight = revisions[n] == Unknown || revisions[n] == revision;
            Assert.True(isRight, $"put {n} was answered with {revisions[n]} and is seen at {revision}");
        }

        long versions = now.KeyValues.Sum(static kv => kv.Version);
        int earlier = revisions.Take(first).Count(static revision => revision > 0);
        int unknown = revisions.Take(first).Count(static revision => revision == Unknown);
        Assert.InRange(versions - watch.Events.Count, earlier, earlier + unknown);
    }

    private async Task<long> PutAsync(string key, string value)
    {
        try
        {
            return (await client.Keys.PutAsync(key, value)).Header.Revision;
        }
        catch (AmbiguousOutcomeException)
        {
            return Unknown;
        }
        catch (EtcdException)
        {
            return NotDone;
        }
    }
}
