using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Histories;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>
/// A read at a revision is refused as compacted only where somebody has asked for such a compaction, and is refused where the
/// compaction was acknowledged before the read began.
/// </summary>
internal static class CompactionRules
{
    /// <summary>What is wrong, or null.</summary>
    public static string? Check(IReadOnlyList<Operation> operations)
    {
        // One that was refused has compacted nothing, and never will.
        Operation[] compactions =
            [.. operations.Where(static operation => operation is { Request: CompactionRequest, Outcome: not Outcome.Refused })];
        foreach (Operation read in operations)
        {
            if (read.Request is not RangeRequest { Revision: > 0 } range)
            {
                continue;
            }

            if (EtcdErrors.Compacted.Equals(read.Error)
                && !compactions.Any(
                    compaction => RevisionOf(compaction) > range.Revision && compaction.Invoked.Step < read.Returned!.Value.Step))
            {
                return $"{read} was refused as compacted, though nobody had asked for that";
            }

            if (read.IsAnswered && !range.Serializable && compactions.FirstOrDefault(compaction => compaction.IsAnswered
                && RevisionOf(compaction) > range.Revision && compaction.Returned!.Value.Step < read.Invoked.Step) is { } done)
            {
                return $"{read} was answered at a revision that had been compacted: {done}";
            }
        }

        return null;
    }

    private static long RevisionOf(Operation compaction) => ((CompactionRequest)compaction.Request).Revision;
}
