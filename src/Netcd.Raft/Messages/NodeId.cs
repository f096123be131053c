namespace Netcd.Raft;

/// <summary>Node ids with a meaning of their own.</summary>
public static class NodeId
{
    /// <summary>No node: no leader known, no vote cast.</summary>
    public const ulong None = 0;

    /// <summary>The local log: receiver of <see cref="MessageType.StorageAppend"/>.</summary>
    public const ulong AppendStorage = ulong.MaxValue;

    /// <summary>The local state machine: receiver of <see cref="MessageType.StorageApply"/>.</summary>
    public const ulong ApplyStorage = ulong.MaxValue - 1;
}
