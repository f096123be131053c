using System.Globalization;
using Netcd.Engine.Upkeep;

namespace Netcd.Engine.Tests.Upkeep;

/// <summary>Which members a leader takes for corrupt by their sums: etcd's rules.</summary>
public sealed class HashComparisonTests
{
    private const ulong Leader = 1;

    private static readonly MemberHash Own = new(Leader, StoreRevision: 10, CompactRevision: 4, Hash: 77);

    [Fact]
    public void Members_that_hold_the_same_or_are_behind_are_not_corrupt() => Assert.Empty(PeriodicComparison.Compare(
        Own, Own, [new MemberHash(2, 10, 4, 77), new MemberHash(3, 9, 4, 77), new MemberHash(4, 10, 3, 1)]));

    [Fact]
    public void A_leader_that_wrote_meanwhile_has_another_sum_for_a_reason() => Assert.Empty(PeriodicComparison.Compare(
        Own, Own with { StoreRevision = 12, Hash = 5 }, [new MemberHash(2, 12, 4, 77)]));

    [Theory]
    [InlineData(HashFault.Different, 10, 4, 78)]
    [InlineData(HashFault.RevisionAhead, 11, 4, 77)]
    [InlineData(HashFault.CompactRevisionAhead, 10, 5, 1)]
    public void A_follower_that_differs_or_is_ahead_is_found_by_its_own_id(HashFault expected, long revision, long compacted, uint hash)
    {
        // PR 14530: etcd raised the alarm for member 0, as answers between members carry no id.
        MemberHash other = new(3, revision, compacted, hash);
        Assert.Equal([(expected, other)], PeriodicComparison.Compare(Own, Own, [new MemberHash(2, 10, 4, 77), other]));
    }

    [Fact]
    public void A_leader_whose_own_history_changes_is_found_first()
    {
        MemberHash after = Own with { Hash = 1 };
        IReadOnlyList<(HashFault Fault, MemberHash Member)> found = PeriodicComparison.Compare(Own, after, [new MemberHash(2, 10, 4, 1)]);
        Assert.Equal([HashFault.Changed, HashFault.Different], found.Select(static fault => fault.Fault));
        Assert.Equal([Leader, 2UL], found.Select(static fault => fault.Member.MemberId));
    }

    [Theory]
    [InlineData("7 7 7", "")]
    [InlineData("7 7 -", "")]
    [InlineData("7 8 7", "2")]
    [InlineData("7 8 8", "1")]
    [InlineData("7 8 9", "0")]
    [InlineData("7 8 -", "0")]
    [InlineData("7 8 8 7", "0")]
    [InlineData("7 8 9 7 7", "2 3")]
    public void After_a_compaction_the_majority_is_right_and_without_one_the_whole_cluster_is_meant(string hashes, string corrupt)
    {
        MemberHash[] sums = [.. hashes.Split(' ').Select((hash, at) => (hash, at)).Where(static sum => sum.hash != "-")
            .Select(static sum => new MemberHash((ulong)sum.at + 1, 10, 4, uint.Parse(sum.hash, CultureInfo.InvariantCulture)))];
        CompactionComparison comparison = CompactionComparison.Of(sums[0], sums[1..], hashes.Split(' ').Length);
        Assert.Equal(corrupt, string.Join(' ', comparison.Corrupt.Order()));
        Assert.Equal(corrupt.Length == 0, comparison.IsConsistent);
    }
}
