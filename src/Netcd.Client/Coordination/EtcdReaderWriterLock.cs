namespace Netcd.Client.Coordination;

/// <summary>
/// A lock that many readers hold, or one writer, in the order in which they asked for it: a reader waits for writers before it, a writer
/// for
/// all before it. Its keys are <c>name/read/number</c> and <c>name/write/number</c>, as in etcd's recipes.
/// </summary>
public sealed class EtcdReaderWriterLock
{
    private readonly EtcdSession session;

    internal EtcdReaderWriterLock(EtcdSession session, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        this.session = session;
        Name = name;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Takes it for reading.</summary>
    /// <param name="cancel">Gives up, and the place in the queue with it.</param>
    /// <exception cref="SessionLostException">The session ended meanwhile.</exception>
    public async Task<EtcdLock> LockReadAsync(CancellationToken cancel = default) =>
        (await Acquisition.RunAsync(session, null, Reader(), wait: true, cancel).ConfigureAwait(false))!;

    /// <summary>Takes it for reading if no writer has it or waits for it; else gives null.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task<EtcdLock?> TryLockReadAsync(CancellationToken cancel = default) =>
        Acquisition.RunAsync(session, null, Reader(), wait: false, cancel);

    /// <summary>Takes it for writing.</summary>
    /// <param name="cancel">Gives up, and the place in the queue with it.</param>
    /// <exception cref="SessionLostException">The session ended meanwhile.</exception>
    public async Task<EtcdLock> LockWriteAsync(CancellationToken cancel = default) =>
        (await Acquisition.RunAsync(session, null, Writer(), wait: true, cancel).ConfigureAwait(false))!;

    /// <summary>Takes it for writing if nobody has it; else gives null.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task<EtcdLock?> TryLockWriteAsync(CancellationToken cancel = default) =>
        Acquisition.RunAsync(session, null, Writer(), wait: false, cancel);

    private QueuePlace Reader() => new(session, $"{Name}/read/{UniqueNames.Next()}", Name + "/write/", default);

    private QueuePlace Writer() => new(session, $"{Name}/write/{UniqueNames.Next()}", Name + "/", default);
}
