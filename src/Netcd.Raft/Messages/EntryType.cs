namespace Netcd.Raft;

/// <summary>What the payload of an <see cref="Entry"/> holds. The numbers are those of the wire.</summary>
public enum EntryType
{
    /// <summary>A command of the application; empty for the entry that opens a term.</summary>
    Normal = 0,

    /// <summary>An encoded <see cref="Raft.ConfChange"/>.</summary>
    ConfChange = 1,

    /// <summary>An encoded <see cref="Raft.ConfChangeV2"/>; empty data leaves a joint configuration.</summary>
    ConfChangeV2 = 2,
}
