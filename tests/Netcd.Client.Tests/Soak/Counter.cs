using System.Globalization;
using Netcd.Client;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;

namespace Netcd.ClientTests.Soak;

/// <summary>A number that several sessions count up, each while it holds the lock: none may be lost, none counted twice.</summary>
internal sealed class Counter(EtcdClient client, string name)
{
    private const int Sessions = 4;

    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(5);

    private readonly string key = "value-of-" + name;
    private int counted;
    private int unknown;

    /// <summary>How often it was counted so far.</summary>
    public int Counted => Volatile.Read(ref counted);

    public Task CountAsync(CancellationToken over) => Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => CountInTurnAsync(over)));

    public async Task CheckAsync()
    {
        string value = (await client.Keys.GetAsync(key)).KeyValue?.ValueText ?? "0";
        Assert.InRange(int.Parse(value, CultureInfo.InvariantCulture), counted, counted + unknown);
    }

    private async Task CountInTurnAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await using EtcdSession session = await client.Coordination.OpenSessionAsync(TimeToLive, over);
                while (!session.Lost.IsCancellationRequested)
                {
                    await CountOnceAsync(session, over);
                }
            }
            catch (Exception lost) when (lost is EtcdException or SessionLostException or OperationCanceledException)
            {
                // With another session.
            }
        }
    }

    private async Task CountOnceAsync(EtcdSession session, CancellationToken over)
    {
        await using EtcdLock held = await session.Mutex(name).LockAsync(over);
        KeyValue? now = (await client.Keys.GetAsync(key, null, over)).KeyValue;
        int next = int.Parse(now?.ValueText ?? "0", CultureInfo.InvariantCulture) + 1;
        try
        {
            // What is held is in the transaction: a session that was lost meanwhile counts nothing. Not given up on halfway.
            TransactionResult result = await client.Keys.CommitAsync(
                Transaction.If(held.IsStillHeld).Then(Operation.Put(key, $"{next}")), null, CancellationToken.None);
            Interlocked.Add(ref counted, result.Succeeded ? 1 : 0);
        }
        catch (AmbiguousOutcomeException)
        {
            Interlocked.Increment(ref unknown);
        }
    }
}
