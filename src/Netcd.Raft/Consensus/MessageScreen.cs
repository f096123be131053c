namespace Netcd.Raft;

/// <summary>
/// Looks at messages from outside before anything is made of them. Raft trusts its members, and all that is taken for a member may
/// be a stranger, a broken program or a broken line: what no node ever sends must not end this one, or change its state.
/// </summary>
/// <remarks>
/// What is refused is only what cannot be, by the message alone or by what this node knows for sure. A member that lies well, about
/// a log that it does not have, is not found out here.
/// </remarks>
internal static class MessageScreen
{
    /// <summary>
    /// No term or index of a message is beyond it: sums with it do not overflow, and a node that has come there can still count on.
    /// At a thousand a second it takes 290 million years.
    /// </summary>
    public const ulong Highest = ulong.MaxValue / 2;

    /// <summary>
    /// Terms that a message may be ahead of a node which has one itself: 136 years of an election a second. A node without a term
    /// gets its first one from the leader.
    /// </summary>
    public const ulong FurthestTerm = 1UL << 32;

    /// <summary>What is wrong with a message for any receiver, or null.</summary>
    public static string? Fault(Message message)
    {
        if (!IsSentToOthers(message.Type))
        {
            return $"no node sends {message.Type} to another";
        }

        bool isBoundToTerm = message.Type is not (MessageType.Propose or MessageType.ReadIndex);
        if (isBoundToTerm == (message.Term == 0))
        {
            return isBoundToTerm ? $"{message.Type} names no term" : $"{message.Type} names term {message.Term}";
        }

        ulong highest = Math.Max(
            Math.Max(message.Term, message.LogTerm), Math.Max(message.Index, Math.Max(message.Commit, message.RejectHint)));
        if (highest > Highest)
        {
            return $"{highest} is neither a term nor an index";
        }

        return message.Type switch
        {
            MessageType.Append => SliceFault(message),
            MessageType.Snapshot => SnapshotFault(message),
            MessageType.Vote or MessageType.PreVote when message.LogTerm >= message.Term =>
                $"a log that ends in term {message.LogTerm} stands for election in term {message.Term}",
            MessageType.AppendResponse when message.Reject && message.LogTerm > message.Term =>
                $"a log with term {message.LogTerm} in term {message.Term}",
            MessageType.Propose when message.Entries.IsEmpty => "a proposal of nothing",
            MessageType.ReadIndex or MessageType.ReadIndexResponse when message.Entries.Length != 1 =>
                $"{message.Entries.Length} questions in one",
            _ => null,
        };
    }

    /// <summary>What is wrong with a message for this node as it stands, or null.</summary>
    public static string? FaultAt(RaftCore core, Message message)
    {
        if (core.Term != 0 && message.Term > core.Term && message.Term - core.Term > FurthestTerm)
        {
            return $"term {message.Term} is out of all proportion to {core.Term}";
        }

        // What is of an older term is answered, and nothing else.
        if (message.Term < core.Term)
        {
            return null;
        }

        bool isOfTerm = message.Term == core.Term;
        return message.Type switch
        {
            MessageType.Append or MessageType.Heartbeat or MessageType.Snapshot
                when isOfTerm && core.LeaderId != NodeId.None && core.LeaderId != message.From =>
                $"term {message.Term} has two leaders, {core.LeaderId:x} and {message.From:x}",
            MessageType.Heartbeat when message.Commit > core.Log.LastIndex =>
                $"commit {message.Commit} beyond the log, which ends at {core.Log.LastIndex}; was the log truncated or lost?",
            MessageType.AppendResponse when isOfTerm && core.Role is Leader && !message.Reject && message.Index > core.Log.LastIndex =>
                $"acknowledges {message.Index}, and the log ends at {core.Log.LastIndex}",
            _ => null,
        };
    }

    private static bool IsSentToOthers(MessageType type) => type is
        MessageType.Propose or MessageType.Append or MessageType.AppendResponse or MessageType.Vote or MessageType.VoteResponse
        or MessageType.Snapshot or MessageType.Heartbeat or MessageType.HeartbeatResponse or MessageType.TransferLeader
        or MessageType.TimeoutNow or MessageType.ReadIndex or MessageType.ReadIndexResponse or MessageType.PreVote
        or MessageType.PreVoteResponse;

    // Entries follow each other without a gap, in terms that never fall and never exceed the leader's.
    private static string? SliceFault(Message message)
    {
        if ((message.Index == 0) != (message.LogTerm == 0))
        {
            return $"entry {message.LogTerm}/{message.Index} is none";
        }

        (ulong term, ulong index) = (message.LogTerm, message.Index);
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            if (entry.Index != index + 1 || entry.Term < term || entry.Term == 0)
            {
                return $"entry {entry.Term}/{entry.Index} does not follow {term}/{index}";
            }

            if (entry.Type is < EntryType.Normal or > EntryType.ConfChangeV2)
            {
                return $"entry {entry.Index} is of type {(int)entry.Type}";
            }

            (term, index) = (entry.Term, entry.Index);
        }

        return term > message.Term ? $"an entry of term {term} in term {message.Term}" : null;
    }

    private static string? SnapshotFault(Message message)
    {
        if (message.Snapshot is not { } snapshot)
        {
            return "a snapshot message without a snapshot";
        }

        SnapshotMetadata metadata = snapshot.Metadata;
        if (metadata.Index is 0 or > Highest || metadata.Term == 0 || metadata.Term > message.Term)
        {
            return $"no snapshot is at {metadata.Term}/{metadata.Index} in term {message.Term}";
        }

        return metadata.ConfState.Fault is { } fault ? $"the snapshot's configuration cannot be: {fault}" : null;
    }
}
