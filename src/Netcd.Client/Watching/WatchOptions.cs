namespace Netcd.Client.Watching;

/// <summary>What a watch reports, and how it is kept.</summary>
public sealed record WatchOptions
{
    /// <summary>
    /// The revision whose change is the first to be reported, if it is one of the keys watched; 0 for whatever changes from now on. It
    /// may lie in the future.
    /// </summary>
    public long StartRevision { get; init; }

    /// <summary>Whether events carry what the key was before. Events of keys that were created then, or whose past was compacted,
    /// carry nothing.</summary>
    public bool PreviousValues { get; init; }

    /// <summary>Whether puts are left out.</summary>
    public bool SkipPuts { get; init; }

    /// <summary>Whether deletions are left out.</summary>
    public bool SkipDeletes { get; init; }

    /// <summary>
    /// Whether batches of the kind <see cref="WatchBatchKind.Progress"/> are given: at times when nothing changes, as often as the server
    /// is set to, and in answer to <see cref="IWatches.RequestProgressAsync"/>.
    /// </summary>
    public bool Progress { get; init; }

    /// <summary>Whether the first batch says that the server has begun to watch (<see cref="WatchBatchKind.Created"/>).</summary>
    public bool Created { get; init; }

    /// <summary>
    /// Whether the watch moves on to another member when its own has no leader, instead of waiting there for changes that cannot come.
    /// So it does too where the client's options say so.
    /// </summary>
    public bool RequireLeader { get; init; }

    /// <summary>
    /// How many bytes may wait for the reader (each event counts the bytes of its message and 100). Where more would, the watch is ended
    /// at the server, and begun anew at the next revision when the reader has taken half of it: a slow reader costs neither memory nor
    /// others' time. Where its stream serves no other watch, each message that is not larger than all of this waits for the reader
    /// first, up to a tenth of a second. One that stays behind for so long that the server compacts what it has not yet been sent meets
    /// <see cref="CompactedException"/>. What one message of the server holds, some hundred kilobytes as a rule, may be added to that.
    /// </summary>
    public int BufferBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// How long a watch that had begun may be without a server before it fails with <see cref="EtcdUnavailableException"/>; null for as
    /// long as it takes.
    /// </summary>
    public TimeSpan? GiveUpAfter { get; init; }

    /// <summary>
    /// How long it may take until a server has begun to watch, before it fails with <see cref="EtcdUnavailableException"/>; null for
    /// <see cref="EtcdClientOptions.CallTimeout"/>, as a read would; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.
    /// Above zero: <see cref="ArgumentOutOfRangeException"/> when the watch is asked for.
    /// </summary>
    public TimeSpan? BeginTimeout { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(StartRevision);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BufferBytes);
        if (GiveUpAfter is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(GiveUpAfter));
        }

        if (BeginTimeout is { } first && first != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(first, TimeSpan.Zero, nameof(BeginTimeout));
        }
    }
}
