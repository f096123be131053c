namespace Netcd.Raft;

/// <summary>What a change does to a node. The numbers are those of the wire.</summary>
public enum ConfChangeType
{
    /// <summary>Makes the node a voter.</summary>
    AddNode = 0,

    /// <summary>Removes the node.</summary>
    RemoveNode = 1,

    /// <summary>Changes nothing in raft; the application notes new attributes of the node.</summary>
    UpdateNode = 2,

    /// <summary>Makes the node a learner: it receives the log and has no vote.</summary>
    AddLearnerNode = 3,
}
