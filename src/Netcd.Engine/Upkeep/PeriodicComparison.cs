namespace Netcd.Engine.Upkeep;

/// <summary>What is wrong with a member's sum.</summary>
public enum HashFault
{
    /// <summary>The leader's own sum at the same revision has changed.</summary>
    Changed,

    /// <summary>The follower's store is ahead of the leader's.</summary>
    RevisionAhead,

    /// <summary>The follower has compacted more than the leader.</summary>
    CompactRevisionAhead,

    /// <summary>The same history has another sum.</summary>
    Different,
}

/// <summary>A leader's comparison of all members' sums, with etcd's rules.</summary>
public static class PeriodicComparison
{
    /// <summary>Finds the members that are not as they have to be. etcd raises the alarm for the first one alone.</summary>
    /// <param name="before">The leader's sum, at whose revision the others were asked.</param>
    /// <param name="after">The leader's sum after a confirmed read that came after their answers.</param>
    /// <param name="peers">What the others answered.</param>
    public static IReadOnlyList<(HashFault Fault, MemberHash Member)> Compare(
        MemberHash before, MemberHash after, IEnumerable<MemberHash> peers)
    {
        ArgumentNullException.ThrowIfNull(peers);
        List<(HashFault, MemberHash)> found = [];
        if (after.Hash != before.Hash
            && after.StoreRevision == before.StoreRevision && after.CompactRevision == before.CompactRevision)
        {
            found.Add((HashFault.Changed, after));
        }

        foreach (MemberHash peer in peers)
        {
            if (peer.StoreRevision > after.StoreRevision)
            {
                found.Add((HashFault.RevisionAhead, peer));
            }

            if (peer.CompactRevision > after.CompactRevision)
            {
                found.Add((HashFault.CompactRevisionAhead, peer));
            }

            if (peer.CompactRevision == before.CompactRevision && peer.Hash != before.Hash)
            {
                found.Add((HashFault.Different, peer));
            }
        }

        return found;
    }
}
