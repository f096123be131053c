namespace Netcd.Engine.Upkeep;

/// <summary>What members' sums of one compaction say, with etcd's rules: the majority is right.</summary>
/// <param name="IsQuorum">Whether a majority of all members has the same sum.</param>
/// <param name="Deviating">The sums that are not the majority's and who has them; all of them where there is none.</param>
public sealed record CompactionComparison(bool IsQuorum, IReadOnlyList<AgreeingMembers> Deviating)
{
    /// <summary>Whether all sums are equal.</summary>
    public bool IsConsistent => Deviating.Count == 0;

    /// <summary>The members to raise the alarm for; 0, which stands for the whole cluster, where nobody knows which.</summary>
    public IEnumerable<ulong> Corrupt => IsConsistent ? [] : IsQuorum ? Deviating.SelectMany(static group => group.Members) : [0];

    /// <summary>Compares sums.</summary>
    /// <param name="leader">The leader's.</param>
    /// <param name="peers">Those of the others that have compacted from the same revision.</param>
    /// <param name="members">The members there are, whether they have answered or not.</param>
    public static CompactionComparison Of(MemberHash leader, IEnumerable<MemberHash> peers, int members)
    {
        ArgumentNullException.ThrowIfNull(peers);
        AgreeingMembers[] groups =
        [
            .. peers.Prepend(leader).GroupBy(static sum => sum.Hash)
                .Select(static group => new AgreeingMembers(group.Key, [.. group.Select(static sum => sum.MemberId)])),
        ];
        if (groups.Length == 1)
        {
            return new CompactionComparison(true, []);
        }

        int quorum = (members / 2) + 1;
        int majority = Array.FindIndex(groups, group => group.Members.Count >= quorum);
        return new CompactionComparison(majority >= 0, [.. groups.Where((_, at) => at != majority)]);
    }
}

/// <summary>Members that have the same sum.</summary>
/// <param name="Hash">The sum.</param>
/// <param name="Members">Their ids.</param>
public sealed record AgreeingMembers(uint Hash, IReadOnlyList<ulong> Members);
