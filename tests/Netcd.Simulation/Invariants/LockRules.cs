using System.Globalization;
using System.Text;
using Google.Protobuf;
using Netcd.Protocol.V3Election;
using Netcd.Simulation.Model;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// What locks and elections promise, held against the committed log: nobody owns one while a key of its queue that was created
/// earlier is there, so that what owners write is written in the order of their fencing tokens; and who leaves a queue leaves no
/// key in it.
/// </summary>
/// <param name="oracle">The committed log's store.</param>
internal sealed class LockRules(ModelOracle oracle)
{
    private const string Name = "locks";
    private const string GuardedPrefix = "guarded/";

    /// <summary>Locks and leaderships that were given.</summary>
    public int Grants { get; private set; }

    /// <summary>Of these, those that were waited for.</summary>
    public int GrantsToWaiters { get; private set; }

    /// <summary>Waiters that have left a queue, and were looked for.</summary>
    public int Cancellations { get; private set; }

    /// <summary>Leaders that observers were told of.</summary>
    public int Observations { get; private set; }

    /// <summary>Writes of owners, as of the last look at them.</summary>
    public int GuardedWrites { get; private set; }

    /// <summary>Where the owners of a queue write, their fencing token as the value.</summary>
    public static ByteString GuardedKey(string queue) => ByteString.CopyFromUtf8(GuardedPrefix + queue);

    /// <summary>What an owner writes there.</summary>
    public static ByteString Token(ByteString key, long revision) =>
        ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{revision} {key.ToStringUtf8()}"));

    /// <summary>A caller was told that it owns a lock, or leads.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="key">Its key.</param>
    /// <param name="told">The revision of the answer.</param>
    /// <param name="isLock">Whether it owned it then; an election tells the revision at which it became a candidate.</param>
    public void Granted(string queue, ByteString key, long told, bool isLock)
    {
        ModelStore.KeyState own = oracle.Store.At(key.ToByteArray(), told)
            ?? throw Wrong(queue, $"the owner {key.ToStringUtf8()} was told so at revision {told}, where its key was not there");
        if (EarlierThan(queue, own.Create, isLock ? told : oracle.Revision) is { } earlier)
        {
            throw Wrong(queue, $"{key.ToStringUtf8()}, created at {own.Create}, was let in while {earlier} was there");
        }

        Grants++;
        GrantsToWaiters += told > own.Create ? 1 : 0;
    }

    /// <summary>Whether a key is the first of its queue now.</summary>
    public bool IsHead(string queue, ByteString key) =>
        oracle.Store.At(key.ToByteArray(), oracle.Revision) is { } own && EarlierThan(queue, own.Create, oracle.Revision) is null;

    /// <summary>One who observes an election was told of a leader.</summary>
    /// <param name="queue">The election's name.</param>
    /// <param name="before">The revision of the answer before.</param>
    /// <param name="answer">The answer, whose key was read as of its revision.</param>
    public void Observed(string queue, long before, LeaderResponse answer)
    {
        Observations++;
        long told = answer.Header.Revision;
        if (told <= before)
        {
            throw Wrong(queue, $"an observer was told of the leader at revision {told} after it was told of the one at {before}");
        }

        if (EarlierThan(queue, answer.Kv.CreateRevision, told) is { } earlier)
        {
            throw Wrong(queue, $"an observer was told that {answer.Kv.Key.ToStringUtf8()} leads at {told}, while {earlier} was there");
        }
    }

    /// <summary>A call has succeeded after its caller had gone.</summary>
    public static ViolationException GivenToNobody(string queue, ByteString key) =>
        Wrong(queue, $"{key.ToStringUtf8()} was let in for a caller that had gone");

    /// <summary>An observer has heard nothing of a leader for long.</summary>
    public static ViolationException NotTold(string queue, ByteString key) =>
        Wrong(queue, $"an observer was not told that {key.ToStringUtf8()} leads");

    /// <summary>A waiter was taken out of a queue, and nothing has failed that was done about it.</summary>
    public void Left(string queue, ByteString key)
    {
        Cancellations++;
        if (oracle.Store.At(key.ToByteArray(), oracle.Revision) is { } left)
        {
            throw Wrong(queue, $"a waiter that was cancelled has left its key {key.ToStringUtf8()}, created at {left.Create}");
        }
    }

    /// <summary>Looks at all that owners have written.</summary>
    public void CheckGuardedWrites()
    {
        GuardedWrites = 0;
        foreach ((byte[] key, IReadOnlyList<ModelStore.KeyState> history) in oracle.Store.Histories.ToArray())
        {
            string name = Encoding.UTF8.GetString(key);
            if (name.StartsWith(GuardedPrefix, StringComparison.Ordinal))
            {
                CheckGuardedWrites(name[GuardedPrefix.Length..], history);
            }
        }
    }

    private void CheckGuardedWrites(string queue, IReadOnlyList<ModelStore.KeyState> history)
    {
        long newest = 0;
        foreach (ModelStore.KeyState written in history)
        {
            GuardedWrites++;
            string[] token = Encoding.UTF8.GetString(written.Value!).Split(' ', 2);
            long created = long.Parse(token[0], CultureInfo.InvariantCulture);
            if (created < newest)
            {
                throw Wrong(
                    queue, $"the owner with the token {created} has written at {written.Mod}, after the one with the token {newest}");
            }

            newest = created;
            if (oracle.Store.At(Encoding.UTF8.GetBytes(token[1]), written.Mod) is not { } own || own.Create != created)
            {
                throw Wrong(queue, $"{token[1]} has written at {written.Mod}, when its key of {created} was not there");
            }

            if (EarlierThan(queue, created, written.Mod) is { } earlier)
            {
                throw Wrong(queue, $"the owner with the token {created} has written at {written.Mod}, while {earlier} was there");
            }
        }
    }

    /// <summary>A key of the queue that was there at a revision and had been created before another revision.</summary>
    private string? EarlierThan(string queue, long created, long at)
    {
        byte[] prefix = Encoding.UTF8.GetBytes(queue + "/");
        foreach ((byte[] key, _) in oracle.Store.Histories)
        {
            if (key.AsSpan().StartsWith(prefix) && oracle.Store.At(key, at) is { } state && state.Create < created)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(key)}, created at {state.Create},");
            }
        }

        return null;
    }

    private static ViolationException Wrong(string queue, FormattableString what) =>
        new(Name, $"{queue}: {what.ToString(CultureInfo.InvariantCulture)}");
}
