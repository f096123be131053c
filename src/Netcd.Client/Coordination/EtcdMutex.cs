namespace Netcd.Client.Coordination;

/// <summary>
/// A lock that one at a time holds, in the order in which they asked for it. Its owner is the oldest of the keys
/// <c>name/lease-in-hex</c>, as with etcd's Go client.
/// </summary>
/// <remarks>
/// The lock is not re-entrant: within a session too, one at a time holds it. (Go's is taken for granted by whoever has the session.)
/// All keys that begin with the name and a slash count as owners, with Go's client too: one that is put there for another purpose is waited
/// for until it is deleted.
/// </remarks>
public sealed class EtcdMutex
{
    private readonly EtcdSession session;
    private readonly string prefix;

    internal EtcdMutex(EtcdSession session, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        this.session = session;
        Name = name;
        prefix = name + "/";
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Takes the lock when it is free and all who asked before have had it.</summary>
    /// <param name="cancel">Gives up, and the place in the queue with it.</param>
    /// <exception cref="SessionLostException">The session ended meanwhile.</exception>
    public async Task<EtcdLock> LockAsync(CancellationToken cancel = default) =>
        (await Acquisition.RunAsync(session, Name, NewPlace(), wait: true, cancel).ConfigureAwait(false))!;

    /// <summary>Takes the lock if it is free.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The lock, or null if another has it.</returns>
    /// <exception cref="SessionLostException">The session is over.</exception>
    public Task<EtcdLock?> TryLockAsync(CancellationToken cancel = default) =>
        Acquisition.RunAsync(session, Name, NewPlace(), wait: false, cancel);

    private QueuePlace NewPlace() => new(session, prefix + session.LeaseText, prefix, default);
}
