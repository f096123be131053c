using System.Diagnostics.CodeAnalysis;

namespace Netcd.Raft;

/// <summary>The progress of every member, in the order of their ids. The set is immutable, each progress is not.</summary>
internal sealed class ProgressTable
{
    private readonly ulong[] ids;
    private readonly Progress[] members;

    private ProgressTable(ulong[] ids, Progress[] members)
    {
        this.ids = ids;
        this.members = members;
    }

    public static ProgressTable Empty { get; } = new([], []);

    public ReadOnlySpan<ulong> Ids => ids;

    public ReadOnlySpan<Progress> Members => members;

    public Progress? this[ulong id] => TryGet(id, out Progress? progress) ? progress : null;

    public static ProgressTable Of(SortedDictionary<ulong, Progress> members) => new([.. members.Keys], [.. members.Values]);

    public bool TryGet(ulong id, [NotNullWhen(true)] out Progress? progress)
    {
        int position = ids.AsSpan().IndexOf(id);
        progress = position < 0 ? null : members[position];
        return position >= 0;
    }

    /// <summary>The members as a map that may be changed: copies, so that a change that turns out invalid leaves no trace.</summary>
    public SortedDictionary<ulong, Progress> ToCopies()
    {
        SortedDictionary<ulong, Progress> copies = [];
        for (int i = 0; i < ids.Length; i++)
        {
            copies.Add(ids[i], members[i].Clone());
        }

        return copies;
    }

    /// <summary>The same members, each with a new progress.</summary>
    public ProgressTable Renewed(Func<ulong, Progress, Progress> renew)
    {
        Progress[] members = new Progress[ids.Length];
        for (int i = 0; i < members.Length; i++)
        {
            members[i] = renew(ids[i], this.members[i]);
        }

        return new ProgressTable(ids, members);
    }
}
