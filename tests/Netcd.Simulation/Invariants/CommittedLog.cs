using Netcd.Raft;

namespace Netcd.Simulation.Invariants;

/// <summary>Every entry that any member has known as committed: the one log that all must agree on.</summary>
/// <param name="added">Told of each entry when it is known for the first time.</param>
internal sealed class CommittedLog(CommittedLog.EntryHandler added)
{
    /// <summary>Takes an entry.</summary>
    public delegate void EntryHandler(in Entry entry);

    private readonly List<Committed> entries = [];

    /// <summary>The last index known to be committed.</summary>
    public ulong LastIndex => (ulong)entries.Count;

    /// <summary>The entry at an index that is committed.</summary>
    public Committed this[ulong index] => entries[(int)(index - 1)];

    /// <summary>Takes a committed entry in, or compares it with the one that is there.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Take(in Entry entry, ulong observedTerm)
    {
        ulong sum = SumOf(entry);
        if (entry.Index <= LastIndex)
        {
            Committed known = this[entry.Index];
            return known.Term == entry.Term && known.Sum == sum
                ? null
                : $"holds entry {entry.Term}/{entry.Index} as committed, where {known.Term}/{entry.Index} "
                    + $"was{(known.Term == entry.Term ? " with other content" : "")}";
        }

        if (entry.Index != LastIndex + 1)
        {
            return $"knows entry {entry.Index} as committed while the ones behind {LastIndex} never were";
        }

        entries.Add(new Committed(entry.Term, sum, observedTerm));
        added(entry);
        return null;
    }

    /// <summary>The last entry that was committed for sure before a term began; 0 for none.</summary>
    public ulong LastCommittedBefore(ulong term)
    {
        int last = entries.Count;
        while (last > 0 && entries[last - 1].ObservedTerm >= term)
        {
            last--;
        }

        return (ulong)last;
    }

    /// <summary>FNV-1a over type and payload.</summary>
    public static ulong SumOf(in Entry entry)
    {
        const ulong Prime = 0x100000001B3;
        ulong sum = (0xCBF29CE484222325 ^ (ulong)entry.Type) * Prime;
        foreach (byte value in entry.Data.Span)
        {
            sum = (sum ^ value) * Prime;
        }

        return sum;
    }

    /// <summary>A committed entry.</summary>
    /// <param name="Term">Its term.</param>
    /// <param name="Sum">Over its content.</param>
    /// <param name="ObservedTerm">The term of the member that was the first to know: it was committed in this term or before.</param>
    internal readonly record struct Committed(ulong Term, ulong Sum, ulong ObservedTerm);
}
