using Netcd.Engine.Membership;

namespace Netcd.Engine.Peers;

/// <summary>What the node reports to its host. Called on the engine's threads: implementations hand over and return.</summary>
public interface INodeChanges
{
    /// <summary>Another leader, or none (0), is known.</summary>
    void OnLeader(MemberId leaderId, ulong term);

    /// <summary>This member was removed from the cluster: it must stop, and not start again.</summary>
    void OnRemoved();
}
