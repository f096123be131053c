
namespace Netcd.Simulation.Invariants;

/// <summary>What was last seen of a member's raft in one life.</summary>
internal sealed class MemberObservations
{
    public int Life { get; set; } = -1;

    public ulong Term { get; set; }

    public ulong Vote { get; set; }

    public ulong Commit { get; set; }

    public ulong Applied { get; set; }

    public long Revision { get; set; }

    public bool IsLeader { get; set; }

    /// <summary>Who votes, as the member has it.</summary>
    public ulong[] Voters { get; set; } = [];

    /// <summary>Where its log ended when it started: all of that is on its disk.</summary>
    public ulong StartedAt { get; set; }

    /// <summary>Up to where it has acknowledged entries to the leader of a term.</summary>
    public (ulong Term, ulong Index) Acknowledged { get; set; }

    /// <summary>What it has told others that it holds durably; outlasts its lives.</summary>
    public Promise Promise { get; set; }
}

/// <summary>A log's durable end as a member has acknowledged it to a leader.</summary>
/// <param name="Term">The term in which it did.</param>
/// <param name="Index">Up to where.</param>
/// <param name="EntryTerm">The term of the entry there.</param>
internal readonly record struct Promise(ulong Term, ulong Index, ulong EntryTerm);
