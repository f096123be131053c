namespace Netcd.Server.Configuration;

/// <summary>A feature that <c>--feature-gates</c> switches on or off.</summary>
/// <param name="Name">etcd's name.</param>
/// <param name="Stage">How mature etcd takes it to be: <c>ALPHA</c> or <c>BETA</c>.</param>
/// <param name="IsUsual">Whether etcd has it on.</param>
/// <param name="Help">What it does.</param>
internal sealed record FeatureGate(string Name, string Stage, bool IsUsual, string Help)
{
    public const string Alpha = "ALPHA";
    public const string Beta = "BETA";
    public const string AllAlpha = "AllAlpha";
    public const string AllBeta = "AllBeta";
    public const string LeaseCheckpoint = "LeaseCheckpoint";
    public const string LeaseCheckpointPersist = "LeaseCheckpointPersist";
    public const string InitialCorruptCheck = "InitialCorruptCheck";
    public const string CompactHashCheck = "CompactHashCheck";
    public const string StopOnDefrag = "StopGRPCServiceOnDefrag";
    public const string SharedBuffer = "TxnModeWriteWithSharedBuffer";
    public const string SetMemberLocalAddress = "SetMemberLocalAddr";
    public const string FastLeaseKeepAlive = "FastLeaseKeepAlive";
    public const string PriorityRequest = "PriorityRequest";

    /// <summary>All that etcd has, in the order of their names.</summary>
    public static IReadOnlyList<FeatureGate> All { get; } =
    [
        new(AllAlpha, Alpha, false, "Switches all of the stage ALPHA that are not switched themselves."),
        new(AllBeta, Beta, false, "Switches all of the stage BETA that are not switched themselves."),
        new(CompactHashCheck, Alpha, false, "The leader compares the members' compacted history, each --compact-hash-check-time."),
        new(FastLeaseKeepAlive, Beta, true, "The leader renews a lease that it knows without waiting for the log.")
        {
            Fate = "A keep-alive waits for the log only where the lease is not known yet or is about to end.",
        },
        new(InitialCorruptCheck, Alpha, false, "A member that starts compares what it holds with the others before it serves anybody."),
        new(LeaseCheckpoint, Alpha, false, "The leader notes the time left to leases in the log; if not set, where all members are netcd."),
        new(LeaseCheckpointPersist, Alpha, false, "What was noted is kept over restarts: always, where it is noted."),
        new(PriorityRequest, Alpha, false, "Revocations of leases go ahead of other requests where applying is behind."),
        new(SetMemberLocalAddress, Alpha, false, "Connections to other members come from the address that this member advertises to them."),
        new(StopOnDefrag, Alpha, false, "No calls are served while the backend is defragmented.")
        {
            Fate = "Defragmentation stops nothing, so nobody has to be sent elsewhere.",
        },
        new(SharedBuffer, Beta, true, "Conditions of transactions with writes are read without a copy of the buffer of writes.")
        {
            Fate = "All reads are of a state that does not change, and copy nothing.",
        },
    ];

    /// <summary>Why it has no effect, as a sentence; else empty.</summary>
    public string Fate { get; init; } = "";
}

/// <summary>Whether a feature is on.</summary>
/// <param name="Name">etcd's name.</param>
/// <param name="Stage"><c>ALPHA</c> or <c>BETA</c>.</param>
/// <param name="IsOn">Whether it is on.</param>
public sealed record FeatureState(string Name, string Stage, bool IsOn)
{
    /// <summary>All features as they are where nothing is switched.</summary>
    public static IReadOnlyList<FeatureState> Usual { get; } =
        [.. FeatureGate.All.Select(static gate => new FeatureState(gate.Name, gate.Stage, gate.IsUsual))];
}
