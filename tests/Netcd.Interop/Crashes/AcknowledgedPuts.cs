using System.Collections.Concurrent;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Crashes;

/// <summary>Puts that members have acknowledged until they were killed: each must be there afterwards, at its revision.</summary>
internal sealed class AcknowledgedPuts
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly ConcurrentDictionary<string, long> revisions = new();

    /// <summary>How many.</summary>
    public int Count => revisions.Count;

    /// <summary>Their revisions.</summary>
    public ICollection<long> Revisions => revisions.Values;

    /// <summary>Has several clients put until the member is killed, once they write and something else has happened.</summary>
    /// <param name="member">The member.</param>
    /// <param name="prefix">What all their keys begin with.</param>
    /// <param name="writers">Clients.</param>
    /// <param name="meanwhile">What is waited for between the first answer and the kill.</param>
    public async Task WriteUntilKilledAsync(ServerProcess member, string prefix, int writers, Func<Task> meanwhile)
    {
        TaskCompletionSource writing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task writes = Task.WhenAll(
            Enumerable.Range(0, writers).Select(writer => WriteAsync(member, $"{prefix}{writer}/", writing)));

        // However slow the machine: every kill comes in the middle of writes.
        await writing.Task.WaitAsync(Deadline);
        await meanwhile();
        await member.KillAsync();
        await writes;
    }

    /// <summary>All of them are found, and no revision has gone back.</summary>
    /// <param name="member">A member.</param>
    /// <param name="prefix">What all keys begin with.</param>
    public async Task AssertHeldByAsync(ServerProcess member, string prefix)
    {
        RangeResponse held = await member.Channel.PrefixAsync(prefix);
        long highest = revisions.Values.DefaultIfEmpty().Max();
        Assert.True(held.Header.Revision >= highest, $"revision {held.Header.Revision} after {highest} was acknowledged");
        Dictionary<string, KeyValue> found = held.Kvs.ToDictionary(static kv => kv.Key.ToStringUtf8());
        foreach ((string key, long revision) in revisions)
        {
            Assert.True(found.TryGetValue(key, out KeyValue? kv), $"{key} of revision {revision} is lost");
            Assert.Equal((revision, key), (kv.ModRevision, kv.Value.ToStringUtf8()));
        }
    }

    /// <summary>Puts one key after another until the server is gone; only answered ones count.</summary>
    private async Task WriteAsync(ServerProcess member, string prefix, TaskCompletionSource writing)
    {
        for (int n = 0; ; n++)
        {
            string key = prefix + n;
            try
            {
                Assert.True(revisions.TryAdd(key, (await member.Channel.PutAsync(key, key)).Header.Revision));
                writing.TrySetResult();
            }
            catch (RpcException)
            {
                return;
            }
        }
    }
}
