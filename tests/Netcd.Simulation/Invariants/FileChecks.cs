using Netcd.Engine.Mvcc;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Storage.Bolt;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// The files of a member that has just opened them: every page of the database is reachable once, or free, and it tells the
/// configuration that the log makes up.
/// </summary>
internal static class FileChecks
{
    /// <summary>Walks the database.</summary>
    public static void Check(SimulatedMember member)
    {
        if (member.Node!.HasPutBackendRight)
        {
            throw new ViolationException(
                "configuration", $"{member.Name}: the backend's configuration, members or term were not the log's");
        }

        using ReadHandle handle = member.Node.Reads.Acquire();
        BoltCheckReport report = handle.State.View.Transaction.Check();
        if (!report.IsClean)
        {
            throw new ViolationException("bolt checker", $"{member.Name}: {report}");
        }
    }
}
