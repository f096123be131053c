namespace Netcd.Raft;

/// <summary>
/// A change of several nodes at once: payload of <see cref="EntryType.ConfChangeV2"/>. Without changes and with the automatic transition
/// it leaves a joint configuration.
/// </summary>
public sealed class ConfChangeV2
{
    /// <summary>How to pass through joint consensus.</summary>
    public ConfChangeTransition Transition { get; init; }

    /// <summary>The steps, done in order.</summary>
    public IReadOnlyList<ConfChangeSingle> Changes { get; init; } = [];

    /// <summary>The application's bytes.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>True when the change leaves a joint configuration.</summary>
    public bool LeavesJoint => Transition == ConfChangeTransition.Auto && Changes.Count == 0;

    /// <summary>True when the change enters a joint configuration: it has several steps, or asks for it.</summary>
    public bool EntersJoint => Transition != ConfChangeTransition.Auto || Changes.Count > 1;

    /// <summary>True when a joint configuration entered by this change is left by the leader itself.</summary>
    public bool LeavesAutomatically => EntersJoint && Transition != ConfChangeTransition.JointExplicit;

    internal bool IsWellFormed =>
        Transition is >= ConfChangeTransition.Auto and <= ConfChangeTransition.JointExplicit
        && Changes.All(change => change.Type is >= ConfChangeType.AddNode and <= ConfChangeType.AddLearnerNode);
}
