namespace Netcd.Raft;

/// <summary>A configuration as it is stored in snapshots: who votes, who learns.</summary>
public sealed class ConfState
{
    private const int MaxNodes = 256;

    /// <summary>The configuration without members.</summary>
    public static ConfState Empty { get; } = new();

    /// <summary>The voters of the incoming configuration.</summary>
    public IReadOnlyList<ulong> Voters { get; init; } = [];

    /// <summary>Those who receive the log without a vote.</summary>
    public IReadOnlyList<ulong> Learners { get; init; } = [];

    /// <summary>The voters of the outgoing configuration; empty unless the configuration is joint.</summary>
    public IReadOnlyList<ulong> VotersOutgoing { get; init; } = [];

    /// <summary>Outgoing voters that become learners when the joint configuration is left.</summary>
    public IReadOnlyList<ulong> LearnersNext { get; init; } = [];

    /// <summary>Whether a node takes part, in whatever role.</summary>
    public bool Names(ulong id) =>
        Voters.Contains(id) || Learners.Contains(id) || VotersOutgoing.Contains(id) || LearnersNext.Contains(id);

    /// <summary>True when the leader leaves the joint configuration by itself.</summary>
    public bool AutoLeave { get; init; }

    /// <summary>True when both describe the same configuration, whatever the order of their lists.</summary>
    public bool IsEquivalentTo(ConfState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return AutoLeave == other.AutoLeave
            && SameMembers(Voters, other.Voters)
            && SameMembers(Learners, other.Learners)
            && SameMembers(VotersOutgoing, other.VotersOutgoing)
            && SameMembers(LearnersNext, other.LearnersNext);
    }

    /// <summary>What is wrong with it as the configuration of a node, or null: it has voters, and each node in one place.</summary>
    public string? Fault
    {
        get
        {
            // Restoring takes a step for each, and clusters are small.
            if (Voters.Count == 0 || Voters.Count + Learners.Count + VotersOutgoing.Count + LearnersNext.Count > MaxNodes)
            {
                return $"{Voters.Count} voters and {Learners.Count} learners";
            }

            if (Voters.Concat(Learners).Concat(VotersOutgoing).Any(MessageTypes.IsLocalStorage))
            {
                return "it names the local storage";
            }

            ConfigurationResult result = ConfigurationRestore.From(this, NewProgress);
            if (result.Error is not null)
            {
                return result.Error;
            }

            return result.Configuration.ToConfState().IsEquivalentTo(this) ? null : $"{this} names a node twice or none";
        }
    }

    /// <summary>The configuration that a committed change makes of this one, by the same arithmetic that a node applies it with.</summary>
    /// <exception cref="RaftInvariantException">The change contradicts this configuration.</exception>
    public ConfState After(ConfChangeV2 change)
    {
        ArgumentNullException.ThrowIfNull(change);
        ConfigurationResult result = ConfigurationRestore.From(this, NewProgress);
        if (result.Error is null)
        {
            result = new ConfigurationChanger(result.Configuration, result.Members, NewProgress).Apply(change);
        }

        return result.Error is null
            ? result.Configuration.ToConfState()
            : throw new RaftInvariantException($"a committed configuration change can be applied: {result.Error} ({this})");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"Voters:{List(Voters)} VotersOutgoing:{List(VotersOutgoing)} Learners:{List(Learners)} LearnersNext:{List(LearnersNext)} " +
        $"AutoLeave:{(AutoLeave ? "true" : "false")}";

    private static bool SameMembers(IReadOnlyList<ulong> left, IReadOnlyList<ulong> right) =>
        left.Count == right.Count && left.Order().SequenceEqual(right.Order());

    /// <summary>Nobody is reached by this arithmetic: only who learns counts.</summary>
    private static Progress NewProgress(bool isLearner) => new(0, 1, new Inflights(1, 0), isLearner, recentActive: false);

    private static string List(IReadOnlyList<ulong> ids) => $"[{string.Join(' ', ids)}]";
}
