using System.Globalization;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// What members hold is the same wherever and whenever they stand at the same revision; a revision never goes back while a
/// member lives, and no two writes share one.
/// </summary>
internal sealed class StoreAgreement
{
    private const string Name = "store agreement";

    private readonly Dictionary<(long Revision, long Compacted), (uint Hash, string Member)> sums = [];
    private readonly Dictionary<ulong, (int Life, long Revision)> revisions = [];
    private readonly Dictionary<long, ulong> writers = [];

    /// <summary>Sums that were compared with an earlier one.</summary>
    public long Comparisons { get; private set; }

    /// <summary>A member has done a step.</summary>
    public void Stepped(SimulatedMember member)
    {
        long revision = member.Node!.Revision;
        ref (int Life, long Revision) seen = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
            revisions, member.Id, out _);
        if (seen.Life == member.Life && revision < seen.Revision)
        {
            throw new ViolationException(Name, $"{member.Name} went back from revision {seen.Revision} to {revision}");
        }

        seen = (member.Life, revision);
    }

    /// <summary>Sums up all that a member holds.</summary>
    public void Sum(SimulatedMember member)
    {
        using ReadHandle handle = member.Node!.Reads.Acquire();
        if (member.Node!.Reads.HashKv(handle, 0, out HashKVResponse sum) is not null)
        {
            return;
        }

        (long, long) at = (sum.HashRevision, sum.CompactRevision);
        if (!sums.TryGetValue(at, out (uint Hash, string Member) known))
        {
            sums.Add(at, (sum.Hash, member.Name));
            return;
        }

        Comparisons++;
        if (known.Hash != sum.Hash)
        {
            throw new ViolationException(Name, string.Create(
                CultureInfo.InvariantCulture,
                $"{member.Name} and {known.Member} differ at revision {sum.HashRevision}, compacted to {sum.CompactRevision}: "
                    + $"{sum.Hash:x8} and {known.Hash:x8}"));
        }
    }

    /// <summary>A write was acknowledged at a revision.</summary>
    public void Wrote(long revision, ulong write)
    {
        if (!writers.TryAdd(revision, write))
        {
            throw new ViolationException(Name, $"two writes were acknowledged with revision {revision}");
        }
    }
}
