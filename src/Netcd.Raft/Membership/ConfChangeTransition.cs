namespace Netcd.Raft;

/// <summary>How a configuration change passes through joint consensus. The numbers are those of the wire.</summary>
public enum ConfChangeTransition
{
    /// <summary>One change at once if there is but one, else as <see cref="JointImplicit"/>.</summary>
    Auto = 0,

    /// <summary>Through a joint configuration, which the leader leaves by itself.</summary>
    JointImplicit = 1,

    /// <summary>Through a joint configuration, which the application leaves by an empty change.</summary>
    JointExplicit = 2,
}
