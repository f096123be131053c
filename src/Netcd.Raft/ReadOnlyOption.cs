namespace Netcd.Raft;

/// <summary>How the leader makes sure that it still leads before it answers a read.</summary>
public enum ReadOnlyOption
{
    /// <summary>It asks a quorum.</summary>
    Safe,

    /// <summary>It trusts its lease, and thereby the clocks. Needs <see cref="RaftConfig.CheckQuorum"/>.</summary>
    LeaseBased,
}
