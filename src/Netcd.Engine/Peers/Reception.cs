
namespace Netcd.Engine.Peers;

/// <summary>What became of a message that came over the network.</summary>
internal enum Reception
{
    /// <summary>Raft has it.</summary>
    Taken,

    /// <summary>Its sender is not known as a member.</summary>
    SenderUnknown,

    /// <summary>It cannot be: no member sends it.</summary>
    Impossible,
}
