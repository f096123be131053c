namespace Netcd.Client.Coordination;

/// <summary>
/// Locks, elections and the like, with the keys that etcd's own client uses for them: those of programs in other languages, and
/// <c>etcdctl lock</c> and <c>etcdctl elect</c>, exclude ours, and ours them.
/// </summary>
public interface ICoordination
{
    /// <summary>Opens a session: what it holds, it holds as long as it lives.</summary>
    /// <param name="timeToLive">How long it outlives this process, or its connection; 60 s where it is null.</param>
    /// <param name="cancel">Gives up.</param>
    Task<EtcdSession> OpenSessionAsync(TimeSpan? timeToLive = null, CancellationToken cancel = default);

    /// <summary>Opens a session on a lease that there is already: of an earlier run of this program, whose locks it takes over.</summary>
    /// <param name="lease">The lease's id.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">There is no such lease (any more).</exception>
    Task<EtcdSession> ResumeSessionAsync(long lease, CancellationToken cancel = default);

    /// <summary>A queue of values, first in, first out.</summary>
    /// <param name="name">Its name; its keys begin with it and a slash.</param>
    EtcdQueue Queue(string name);

    /// <summary>A barrier, which holds all up who come to it until it is released.</summary>
    /// <param name="key">Its key.</param>
    EtcdBarrier Barrier(string key);
}
