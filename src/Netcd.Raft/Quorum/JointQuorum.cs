namespace Netcd.Raft;

/// <summary>
/// The voters of a configuration in transition (thesis, section 4.3): a decision needs a majority of the incoming and one of the outgoing.
/// Not joint when there are no outgoing voters.
/// </summary>
internal readonly record struct JointQuorum(NodeSet Incoming, NodeSet Outgoing)
{
    public static JointQuorum Empty { get; } = new(NodeSet.Empty, NodeSet.Empty);

    public bool IsJoint => Outgoing.Count > 0;

    /// <summary>All who vote in either half.</summary>
    public NodeSet All => Incoming.Union(Outgoing);

    public bool Contains(ulong id) => Incoming.Contains(id) || Outgoing.Contains(id);

    public ulong Committed<TAcknowledgements>(in TAcknowledgements acknowledgements)
        where TAcknowledgements : struct, IAcknowledgements, allows ref struct =>
        Math.Min(Majority.Committed(Incoming, in acknowledgements), Majority.Committed(Outgoing, in acknowledgements));

    public VoteOutcome Outcome<TVotes>(in TVotes votes)
        where TVotes : struct, IVotes, allows ref struct
    {
        VoteOutcome incoming = Majority.Outcome(Incoming, in votes);
        VoteOutcome outgoing = Majority.Outcome(Outgoing, in votes);
        if (incoming == outgoing)
        {
            return incoming;
        }

        return incoming == VoteOutcome.Lost || outgoing == VoteOutcome.Lost ? VoteOutcome.Lost : VoteOutcome.Pending;
    }

    public override string ToString() => IsJoint ? $"{Incoming}&&{Outgoing}" : Incoming.ToString();
}
