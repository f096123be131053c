namespace Netcd.Raft;

/// <summary>Decisions by more than half of a set of voters.</summary>
internal static class Majority
{
    private const int VotersOnStack = 16;

    /// <summary>
    /// The highest position that a majority has acknowledged. Without voters every position is agreed to
    /// (<see cref="ulong.MaxValue"/>), so that an empty half of a joint quorum changes nothing.
    /// </summary>
    public static ulong Committed<TAcknowledgements>(NodeSet voters, in TAcknowledgements acknowledgements)
        where TAcknowledgements : struct, IAcknowledgements, allows ref struct
    {
        int count = voters.Count;
        if (count == 0)
        {
            return ulong.MaxValue;
        }

        Span<ulong> positions = count <= VotersOnStack ? stackalloc ulong[VotersOnStack] : new ulong[count];
        positions = positions[..count];
        // Who was never heard counts as 0.
        for (int i = 0; i < count; i++)
        {
            positions[i] = acknowledgements.TryGet(voters[i], out ulong acknowledged) ? acknowledged : 0;
        }

        positions.Sort();
        return positions[count - (count / 2 + 1)];
    }

    /// <summary>Where a vote among the voters stands. Without voters it is won, so that an empty half of a joint quorum changes
    /// nothing.</summary>
    public static VoteOutcome Outcome<TVotes>(NodeSet voters, in TVotes votes)
        where TVotes : struct, IVotes, allows ref struct
    {
        if (voters.Count == 0)
        {
            return VoteOutcome.Won;
        }

        int granted = 0;
        int missing = 0;
        foreach (ulong voter in voters.Ids)
        {
            if (!votes.TryGet(voter, out bool vote))
            {
                missing++;
            }
            else if (vote)
            {
                granted++;
            }
        }

        int quorum = voters.Count / 2 + 1;
        if (granted >= quorum)
        {
            return VoteOutcome.Won;
        }

        return granted + missing >= quorum ? VoteOutcome.Pending : VoteOutcome.Lost;
    }
}
