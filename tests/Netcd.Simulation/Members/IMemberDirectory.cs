namespace Netcd.Simulation.Members;

/// <summary>Finds members by their ids.</summary>
internal interface IMemberDirectory
{
    /// <summary>The member of that id, if it is one of the cluster.</summary>
    SimulatedMember? Find(ulong id);

    /// <summary>All members that are to be part of the cluster now, up or not.</summary>
    IReadOnlyList<SimulatedMember> Members { get; }

    /// <summary>Its name, for a person.</summary>
    string NameOf(ulong id);
}
