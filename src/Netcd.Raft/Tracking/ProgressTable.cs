using System.Diagnostics.CodeAnalysis;

namespace Netcd.Raft;

/// <summary>The progress of every member, in the order of their ids. The set is immutable, each progress is not.</summary>
internal sealed class ProgressTable
{
    private readonly ulong[] _ids;
    private readonly Progress[] _members;

    private ProgressTable(ulong[] ids, Progress[] members)
    {
        _ids = ids;
        _members = members;
    }

    public static ProgressTable Empty { get; } = new([], []);

    public int Count => _ids.Length;

    public ReadOnlySpan<ulong> Ids => _ids;

    public ReadOnlySpan<Progress> Members => _members;

    public Progress? this[ulong id] => TryGet(id, out var progress) ? progress : null;

    public static ProgressTable Of(SortedDictionary<ulong, Progress> members) => new([.. members.Keys], [.. members.Values]);

    public bool TryGet(ulong id, [NotNullWhen(true)] out Progress? progress)
    {
        var position = _ids.AsSpan().IndexOf(id);
        progress = position < 0 ? null : _members[position];
        return position >= 0;
    }

    /// <summary>The members as a map that may be changed: copies, so that a change that turns out invalid leaves no trace.</summary>
    public SortedDictionary<ulong, Progress> ToCopies()
    {
        var copies = new SortedDictionary<ulong, Progress>();
        for (var i = 0; i < _ids.Length; i++)
            copies.Add(_ids[i], _members[i].Clone());
        return copies;
    }

    /// <summary>The same members, each with a new progress.</summary>
    public ProgressTable Renewed(Func<ulong, Progress, Progress> renew)
    {
        var members = new Progress[_ids.Length];
        for (var i = 0; i < members.Length; i++)
            members[i] = renew(_ids[i], _members[i]);
        return new ProgressTable(_ids, members);
    }
}
