using Netcd.Engine.State;

namespace Netcd.Engine.Node.Stages;

/// <summary>Whether the time left to leases is noted in the log while this member leads.</summary>
/// <param name="decided">What the operator has decided, or null.</param>
/// <param name="state">Says how many members there are.</param>
internal sealed class LeaseCheckpoints(bool? decided, ReplicatedState state)
{
    private int isSet;

    /// <summary>To be set when all members are known to make use of it, where the operator has not decided.</summary>
    public bool IsEnabled
    {
        get => decided ?? (Volatile.Read(ref isSet) != 0 || state.Members.Members.Count == 1);
        set => Volatile.Write(ref isSet, value ? 1 : 0);
    }
}
