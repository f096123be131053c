using Netcd.Raft;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// Raft's safety properties, looked at after every step of every member: election safety, leader completeness, state machine
/// safety, indexes that never go back, and promises that outlast a crash (Raft thesis, figure 3.2 and section 3.8).
/// </summary>
/// <param name="members">All members that there are.</param>
/// <param name="committed">Told of each entry when it is known as committed for the first time.</param>
internal sealed class RaftSafety(IReadOnlyList<SimulatedMember> members, CommittedLog.EntryHandler committed)
{
    private const string Name = "raft safety";

    private readonly Dictionary<ulong, (ulong Member, int Life)> leaderOfTerm = [];
    private readonly Dictionary<(ulong Voter, ulong Term), ulong> votes = [];
    private readonly Dictionary<ulong, MemberObservations> observations = [];

    /// <summary>All that was ever committed.</summary>
    public CommittedLog Committed { get; } = new(committed);

    /// <summary>Leaders that were elected.</summary>
    public int Elections => leaderOfTerm.Count;

    /// <summary>A member has started: it still stands by all that it said before.</summary>
    public void Started(SimulatedMember member)
    {
        RaftCore core = member.Node!.Raft.Core;
        MemberObservations seen = Of(member);
        RequireKept(member, core);
        (seen.Term, seen.Vote, seen.Commit, seen.Applied, seen.IsLeader) = (core.Term, core.Vote, 0, 0, false);
        (seen.Life, seen.StartedAt) = (member.Life, core.Log.LastIndex);
        TakeCommitted(member, core, seen);
    }

    /// <summary>What a member would come back with, if it were to start now: nothing of what it said may be missing.</summary>
    public void WouldStart(SimulatedMember member, RaftCore core)
    {
        RequireKept(member, core);
        ulong last = Math.Min(core.Log.Committed, Committed.LastIndex);
        for (ulong index = core.Log.FirstIndex; index <= last; index++)
        {
            if (core.Log.Term(index, out ulong term) == LogResult.Ok && term != Committed[index].Term)
            {
                throw Broken(member, $"would come back with entry {term}/{index} as committed, where {Committed[index].Term}/{index} was");
            }
        }
    }

    private void RequireKept(SimulatedMember member, RaftCore core)
    {
        Promise promise = Of(member).Promise;
        if (core.Term < promise.Term)
        {
            throw Broken(member, $"came back at term {core.Term} after it had acted at term {promise.Term}");
        }

        bool isVoteKept = !votes.TryGetValue((member.Id, core.Term), out ulong candidate) || core.Vote == candidate;
        if (!isVoteKept)
        {
            throw Broken(member, $"forgot its vote at term {core.Term}");
        }

        if (core.Term == promise.Term)
        {
            bool isLost = core.Log.LastIndex < promise.Index
                || (core.Log.Term(promise.Index, out ulong term) == LogResult.Ok && term != promise.EntryTerm);
            if (isLost)
            {
                throw Broken(
                    member,
                    $"lost entries that it had acknowledged: up to {promise.EntryTerm}/{promise.Index}, its log ends at "
                        + $"{core.Log.LastIndex}");
            }
        }

        RequireRisingTerms(member, core.Log);
    }

    /// <summary>A member has done a step.</summary>
    public void Stepped(SimulatedMember member)
    {
        RaftCore core = member.Node!.Raft.Core;
        MemberObservations seen = Of(member);
        if (core.Term < seen.Term)
        {
            throw Broken(member, $"went back from term {seen.Term} to {core.Term}");
        }

        if (core.Term == seen.Term && seen.Vote != NodeId.None && core.Vote != seen.Vote)
        {
            throw Broken(member, $"changed its vote of term {core.Term}");
        }

        bool isLeader = core.Role is Leader;
        bool hasLed = isLeader && seen.IsLeader && seen.Term == core.Term;
        if (isLeader && (!seen.IsLeader || core.Term != seen.Term))
        {
            BecameLeader(member, core);
        }

        (seen.Term, seen.Vote, seen.IsLeader) = (core.Term, core.Vote, isLeader);
        if (core.Log.Committed != seen.Commit)
        {
            TakeCommitted(member, core, seen);
            if (hasLed)
            {
                RequireQuorum(member, core, seen);
            }
        }

        seen.Voters = [.. core.Configuration.Voters.Incoming];

        ulong applied = member.Node.Position.AppliedIndex;
        if (applied < seen.Applied || applied > core.Log.Committed)
        {
            throw Broken(member, $"applied index {applied} after {seen.Applied}, committed {core.Log.Committed}");
        }

        if (applied > seen.Applied)
        {
            RequireOnOwnDisk(member, core, seen, applied);
        }

        seen.Applied = applied;
    }

    /// <summary>
    /// A follower applies what is on its own disk alone, or a backend that is durable earlier would be ahead of the log. What it has
    /// of the leader's term it has acknowledged when it was durable, or held when it started.
    /// </summary>
    private void RequireOnOwnDisk(SimulatedMember member, RaftCore core, MemberObservations seen, ulong applied)
    {
        bool isOfOther = leaderOfTerm.TryGetValue(core.Term, out (ulong Member, int Life) leader) && leader.Member != member.Id
            && core.Log.Term(applied, out ulong term) == LogResult.Ok && term == core.Term;
        ulong durable = Math.Max(seen.StartedAt, seen.Acknowledged.Term == core.Term ? seen.Acknowledged.Index : 0);
        if (isOfOther && applied > durable)
        {
            throw Broken(member, $"applies entry {core.Term}/{applied}, and has nothing behind {durable} on its disk for sure");
        }
    }

    /// <summary>A member says something to another.</summary>
    public void Sent(SimulatedMember member, Message message)
    {
        if (message.Reject || message.From != member.Id)
        {
            return;
        }

        if (message.Type == MessageType.VoteResponse)
        {
            if (!votes.TryAdd((member.Id, message.Term), message.To) && votes[(member.Id, message.Term)] != message.To)
            {
                throw Broken(member, $"votes for two candidates of term {message.Term}");
            }

            Promised(member, message.Term, 0);
        }
        else if (message.Type == MessageType.AppendResponse)
        {
            (ulong Term, ulong Index) before = Of(member).Acknowledged;
            Of(member).Acknowledged = message.Term > before.Term ? (message.Term, message.Index)
                : message.Term == before.Term ? (before.Term, Math.Max(before.Index, message.Index)) : before;
            Promised(member, message.Term, message.Index);
        }
        else if (message.Snapshot is { } snapshot && !snapshot.Metadata.ConfState.Names(message.To))
        {
            throw Broken(
                member, $"sends {message.To:x} a snapshot at {snapshot.Metadata.Index} in which it is not a member: it is of no use");
        }
    }

    /// <summary>Log matching: two logs that have an entry in common have all before it in common.</summary>
    public static void CompareLogs(SimulatedMember left, SimulatedMember right)
    {
        RaftLog ours = left.Node!.Raft.Core.Log;
        RaftLog theirs = right.Node!.Raft.Core.Log;
        ulong low = Math.Max(Math.Max(ours.FirstIndex, theirs.FirstIndex), Math.Min(ours.Committed, theirs.Committed) + 1);
        ulong high = Math.Min(ours.LastIndex, theirs.LastIndex) + 1;
        if (low >= high
            || ours.Slice(low, high, EntrySizes.Unlimited, out ReadOnlyMemory<Entry> our) != LogResult.Ok
            || theirs.Slice(low, high, EntrySizes.Unlimited, out ReadOnlyMemory<Entry> their) != LogResult.Ok)
        {
            return;
        }

        bool isCommon = false;
        for (int i = our.Length - 1; i >= 0; i--)
        {
            Entry a = our.Span[i];
            Entry b = their.Span[i];
            isCommon |= a.Term == b.Term;
            if (isCommon && (a.Term != b.Term || CommittedLog.SumOf(a) != CommittedLog.SumOf(b)))
            {
                throw new ViolationException(
                    Name, $"{left.Name} and {right.Name} differ at entry {a.Index} ({a.Term} and {b.Term}) and agree behind it");
            }
        }
    }

    /// <summary>
    /// Along a log terms never fall: an entry is appended in its leader's term, behind what earlier leaders have left. A log that
    /// breaks this holds entries that were replaced.
    /// </summary>
    private static void RequireRisingTerms(SimulatedMember member, RaftLog log)
    {
        ulong before = 0;
        for (ulong index = log.FirstIndex; index <= log.LastIndex; index++)
        {
            if (log.Term(index, out ulong term) == LogResult.Ok && term < before)
            {
                throw Broken(member, $"came back with entry {term}/{index} behind one of term {before}");
            }

            before = term;
        }
    }

    private void Promised(SimulatedMember member, ulong term, ulong index)
    {
        MemberObservations seen = Of(member);
        Promise before = seen.Promise;
        if (term > before.Term || (term == before.Term && index > before.Index))
        {
            ulong entryTerm = 0;
            bool isKnown = index > 0 && member.Node?.Raft.Core.Log.Term(index, out entryTerm) == LogResult.Ok;
            seen.Promise = new Promise(term, isKnown ? index : 0, entryTerm);
        }
    }

    private void BecameLeader(SimulatedMember member, RaftCore core)
    {
        // Not in another life either: what the first one had sent is not known to the second.
        if (!leaderOfTerm.TryAdd(core.Term, (member.Id, member.Life)) && leaderOfTerm[core.Term] != (member.Id, member.Life))
        {
            throw Broken(member, $"is a second leader of term {core.Term}");
        }

        ulong index = Committed.LastCommittedBefore(core.Term);
        if (index == 0)
        {
            return;
        }

        bool isThere = core.Log.LastIndex >= index
            && (core.Log.Term(index, out ulong term) != LogResult.Ok || term == Committed[index].Term);
        if (!isThere)
        {
            throw Broken(member, $"leads term {core.Term} without entry {Committed[index].Term}/{index}, which was committed before");
        }
    }

    private void TakeCommitted(SimulatedMember member, RaftCore core, MemberObservations seen)
    {
        ulong commit = core.Log.Committed;
        if (commit < seen.Commit)
        {
            throw Broken(member, $"went back from commit index {seen.Commit} to {commit}");
        }

        ulong low = Math.Max(seen.Commit + 1, core.Log.FirstIndex);
        seen.Commit = commit;
        if (low > commit)
        {
            return;
        }

        if (core.Log.Slice(low, commit + 1, EntrySizes.Unlimited, out ReadOnlyMemory<Entry> entries) != LogResult.Ok)
        {
            return;
        }

        foreach (ref readonly Entry entry in entries.Span)
        {
            if (Committed.Take(entry, core.Term) is { } fault)
            {
                throw Broken(member, fault);
            }
        }
    }

    /// <summary>
    /// A leader counts for entries of its own term alone, and what came before is committed with them (thesis, section 3.6.2).
    /// What a leader has committed is in the logs of a majority of the voters. A change of who votes may come in the same step:
    /// those before and those after it are both right.
    /// </summary>
    private void RequireQuorum(SimulatedMember leader, RaftCore core, MemberObservations seen)
    {
        ulong index = core.Log.Committed;
        ulong[] voters = [.. core.Configuration.Voters.Incoming];
        bool isKnown = core.Log.Term(index, out ulong term) == LogResult.Ok;
        if (isKnown && term != core.Term)
        {
            throw Broken(leader, $"commits entry {term}/{index} by counting, though it leads term {core.Term}");
        }

        if (isKnown && !IsHeldByMost(voters, index, term) && !IsHeldByMost(seen.Voters, index, term))
        {
            throw Broken(
                leader,
                $"commits entry {term}/{index}, which only {voters.Count(voter => IsHeld(voter, index, term))} of {voters.Length} voters "
                    + "have");
        }
    }

    private bool IsHeldByMost(ulong[] voters, ulong index, ulong term) =>
        voters.Count(voter => IsHeld(voter, index, term)) > voters.Length / 2;

    /// <summary>Nobody knows what a member holds that is down.</summary>
    private bool IsHeld(ulong voter, ulong index, ulong term) =>
        members.FirstOrDefault(member => member.Id == voter) is not { IsUp: true, Node: { } node }
        || (node.Raft.Core.Log.LastIndex >= index && (node.Raft.Core.Log.Term(index, out ulong held) != LogResult.Ok || held == term));

    private MemberObservations Of(SimulatedMember member)
    {
        if (!observations.TryGetValue(member.Id, out MemberObservations? seen))
        {
            observations.Add(member.Id, seen = new MemberObservations());
        }

        return seen;
    }

    private static ViolationException Broken(SimulatedMember member, string what) => new(Name, $"{member.Name} {what}");
}
