namespace Netcd.Simulation.Runs;

/// <summary>
/// A situation that a run is bent on: what chance alone brings about too seldom, because several things have to come together.
/// Besides, the seed chooses as ever.
/// </summary>
internal enum RunFocus
{
    /// <summary>None: all is left to chance.</summary>
    Anything,

    /// <summary>
    /// Leaders that do not know yet that another was elected, and clients that go on to ask each member, whatever it is cut off
    /// from. Clients that choose a new member each time are soon all waiting at the member that does not answer.
    /// </summary>
    StaleLeaders,

    /// <summary>
    /// Long tails of the log that are replaced by shorter ones, on slow disks, and members that go down just then: many
    /// impatient clients, one leader after the other.
    /// </summary>
    LostTails,

    /// <summary>
    /// The files of the log: large records torn in the middle, small segments of which few are kept, snapshots after a few
    /// entries, and starts in quick succession.
    /// </summary>
    LogFiles,

    /// <summary>
    /// Starts: processes and machines that end at any operation of the disk and again while they start, while snapshots come in
    /// and go out, and segments are begun and deleted. No seed chooses it: it has to be asked for.
    /// </summary>
    Starts,

    /// <summary>
    /// Entries that take the apply stage virtual seconds, and no other fault: no leader may be lost for them, and all waits end in time.
    /// No seed chooses it: it has to be asked for.
    /// </summary>
    SlowApplies,

    /// <summary>
    /// The backend's file: large values that are compacted away soon, defragmentations, and power and processes that end in the middle
    /// of a commit. No seed chooses it: it has to be asked for.
    /// </summary>
    Defragmentation,
}
