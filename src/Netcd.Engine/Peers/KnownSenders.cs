using Netcd.Raft;

namespace Netcd.Engine.Peers;

/// <summary>
/// Decides whose messages are taken: those of members. A member that is behind does not know all of them, and must hear the ones it
/// does not know, or it would never learn of them. etcd takes messages of anybody for that reason; here an unknown sender is heard when
/// <list type="bullet">
/// <item>the log names it in a change of the membership, applied or not;</item>
/// <item>a member that is known says, when it is asked on its peer port, that the sender is a member;</item>
/// <item>it asks for a vote, and no leader was heard for long: the vote may be what is missing to elect the leader that would announce it
/// (Raft thesis,
/// section 4.1);</item>
/// <item>none of the members that know has answered for very long: all of them may have been replaced meanwhile.</item>
/// </list>
/// The last two let a stranger in where nothing better is known; a message that cannot be is refused from anybody.
/// </summary>
/// <remarks>Used by the consensus stage alone.</remarks>
/// <param name="raft">Knows the configuration.</param>
/// <param name="log">Knows the changes that are yet to be applied.</param>
/// <param name="applied">The last entry that is applied.</param>
/// <param name="electionMilliseconds">The election timeout.</param>
/// <param name="ask">Has the members that are known asked who is a member; the answer comes by <see cref="Introduce"/>.</param>
internal sealed class KnownSenders(
    RaftNode raft, MemoryLogStorage log, Func<ulong> applied, long electionMilliseconds, Action ask)
{
    private static ReadOnlySpan<byte> TransferMark => "CampaignTransfer"u8;

    private readonly HashSet<ulong> named = [];
    private HashSet<ulong> introduced = [];
    private bool isListening;
    private long heardLeader = long.MinValue;
    private long nextLook = long.MinValue;
    private long silentSince = long.MaxValue;
    private long lastStep;

    /// <summary>Whether unknown senders are heard at present, whatever they send; for any thread.</summary>
    public bool ListensToStrangers => Volatile.Read(ref isListening);

    /// <summary>The time of the last step; for any thread.</summary>
    public long Now => Volatile.Read(ref lastStep);

    /// <summary>Members that others have named besides those of the configuration.</summary>
    /// <param name="members">The members; null where none of the members that know has answered.</param>
    public void Introduce(IReadOnlyCollection<ulong>? members)
    {
        if (members is null)
        {
            silentSince = Math.Min(silentSince, lastStep);
            return;
        }

        silentSince = long.MaxValue;
        Volatile.Write(ref introduced, [.. members.Take(Limits.MaxIntroducedMembers)]);
    }

    /// <summary>Looks at the time, before a step takes messages.</summary>
    public void Step(long now)
    {
        Volatile.Write(ref lastStep, now);
        if (heardLeader == long.MinValue || raft.HearsLeader)
        {
            heardLeader = now;
        }

        Volatile.Write(ref isListening, IsWithoutLeader(now) || IsInSilence(now));
    }

    /// <summary>Whether a message's sender is heard.</summary>
    public bool Hears(Message message, long now)
    {
        if (IsKnown(message.From))
        {
            return true;
        }

        bool isVote = message.Type is MessageType.Vote or MessageType.PreVote;
        if (!isVote && message.Type is not (MessageType.Append or MessageType.Heartbeat or MessageType.Snapshot))
        {
            return false;
        }

        if (now >= nextLook)
        {
            nextLook = now + Limits.UnknownSenderMilliseconds;
            NameFromLog();
            ask();
        }

        // A transfer of the leadership goes to a member that is in step with its leader, by the leader's word: there is no hurry.
        return named.Contains(message.From)
            || IsInSilence(now)
            || (isVote && IsWithoutLeader(now) && !message.Context.Span.SequenceEqual(TransferMark));
    }

    /// <summary>Whether other members have named a member; for any thread.</summary>
    public bool IsIntroduced(ulong id) => Volatile.Read(ref introduced).Contains(id);

    private bool IsKnown(ulong id) => raft.HasMember(id) || introduced.Contains(id) || named.Contains(id);

    private bool IsWithoutLeader(long now) => now - heardLeader >= Limits.LeaderlessElections * electionMilliseconds;

    private bool IsInSilence(long now) => silentSince != long.MaxValue && now - silentSince >= Limits.SilenceMilliseconds;

    /// <summary>Another member may act by a change that this one has and has not applied.</summary>
    private void NameFromLog()
    {
        named.Clear();
        ulong first = Math.Max(applied() + 1, log.FirstIndex);
        if (log.LastIndex < first
            || log.Entries(first, log.LastIndex + 1, ulong.MaxValue, out ReadOnlyMemory<Entry> entries) != LogResult.Ok)
        {
            return;
        }

        foreach (ref readonly Entry entry in entries.Span)
        {
            if (entry.Type == EntryType.ConfChange && Apply.EntrySense.TryReadChange(entry.Data, out ConfChange change, out _))
            {
                named.Add(change.NodeId);
            }
        }
    }
}
