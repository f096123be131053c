namespace Netcd.Engine.Upkeep;

/// <summary>
/// When a leader compacts the history of its own accord, and how far. It is told the time and the revision and starts nothing, so it
/// can be driven by any clock.
/// </summary>
public interface ICompactionSchedule
{
    /// <summary>When <see cref="Look"/> is to be called next.</summary>
    long NextMilliseconds { get; }

    /// <summary>Called when the time has come.</summary>
    /// <param name="now">The time.</param>
    /// <param name="revision">The store's revision.</param>
    /// <param name="isPaused">Whether another member leads: then this one only keeps its notes.</param>
    /// <returns>The revision to compact to now, or null.</returns>
    long? Look(long now, long revision, bool isPaused);

    /// <summary>What may be compacted to at any time, should room be short; null where there is nothing yet.</summary>
    /// <param name="revision">The store's revision.</param>
    long? Expendable(long revision);

    /// <summary>The history is compacted to that revision; without this call it is tried again.</summary>
    void Compacted(long now, long revision);
}
