using Netcd.Engine.Mvcc;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Storage.Bolt;

namespace Netcd.Simulation.Invariants;

/// <summary>The files of a member that has just opened them: every page of the database is reachable once, or free.</summary>
internal static class FileChecks
{
    /// <summary>Walks the database.</summary>
    public static void Check(SimulatedMember member)
    {
        using ReadLease lease = member.Node!.Acquire();
        BoltCheckReport report = lease.State.View.Transaction.Check();
        if (!report.IsClean)
        {
            throw new ViolationException("bolt checker", $"{member.Name}: {report}");
        }
    }
}
