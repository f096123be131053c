namespace Netcd.Raft.Tests.Cluster;

/// <summary>
/// The safety properties of figure 3 of the paper, checked while a cluster runs: election safety, leader append-only, log matching,
/// leader completeness, state machine safety.
/// </summary>
internal sealed class SafetyChecker
{
    private readonly TestCluster cluster;
    private readonly Dictionary<ulong, ulong> leaderOfTerm = [];
    private readonly Dictionary<ulong, (ulong Term, ulong State)> applied = [];
    private readonly Dictionary<ulong, (ulong Term, ulong Last, ulong LastTerm)> leaderTail = [];
    private readonly Dictionary<ulong, ulong> commits = [];

    public SafetyChecker(TestCluster cluster)
    {
        this.cluster = cluster;
        foreach (Member member in cluster.Members)
        {
            ulong id = member.Id;
            member.OnApplied = (index, term, state) => CheckApplied(id, index, term, state);
        }
    }

    public ulong HighestApplied { get; private set; }

    public ulong HighestCommit { get; private set; }

    public void Forget(ulong member)
    {
        leaderTail.Remove(member);
        commits.Remove(member);
    }

    public void Check()
    {
        foreach (Member member in cluster.Members.Where(member => member.IsUp))
        {
            CheckCommit(member);
            if (member.IsLeader)
            {
                CheckLeader(member);
            }
            else
            {
                leaderTail.Remove(member.Id);
            }
        }
    }

    /// <summary>Two logs that hold an entry of the same index and term hold the same entries before it.</summary>
    public void CheckLogMatching()
    {
        List<List<Entry>> logs = cluster.Members.Select(member => member.DurableEntries()).ToList();
        for (int i = 0; i < logs.Count; i++)
        {
            for (int j = i + 1; j < logs.Count; j++)
            {
                CheckMatching(logs[i], logs[j]);
            }
        }
    }

    private static void CheckMatching(List<Entry> left, List<Entry> right)
    {
        Dictionary<ulong, Entry> others = right.ToDictionary(entry => entry.Index);
        bool mustMatch = false;
        for (int i = left.Count - 1; i >= 0; i--)
        {
            if (!others.TryGetValue(left[i].Index, out Entry other))
            {
                continue;
            }

            mustMatch |= other.Term == left[i].Term;
            if (mustMatch)
            {
                Assert.Equal(left[i].Term, other.Term);
                Assert.Equal(left[i].Type, other.Type);
                Assert.True(left[i].Data.Span.SequenceEqual(other.Data.Span), $"log matching at {left[i].Index}");
            }
        }
    }

    private void CheckApplied(ulong member, ulong index, ulong term, ulong state)
    {
        if (applied.TryGetValue(index, out (ulong Term, ulong State) known))
        {
            Assert.True(known == (term, state), $"state machine safety: member {member} applied another entry at {index}");
        }

        applied[index] = (term, state);
        HighestApplied = Math.Max(HighestApplied, index);
    }

    private void CheckCommit(Member member)
    {
        ulong commit = member.Commit;
        Assert.True(commit >= commits.GetValueOrDefault(member.Id), $"member {member.Id} takes back its commit index");
        commits[member.Id] = commit;
        HighestCommit = Math.Max(HighestCommit, commit);
    }

    private void CheckLeader(Member leader)
    {
        if (leaderOfTerm.TryGetValue(leader.Term, out ulong other))
        {
            Assert.True(other == leader.Id, $"election safety: {other} and {leader.Id} lead in term {leader.Term}");
        }

        leaderOfTerm[leader.Term] = leader.Id;

        RaftLog log = leader.Raft.Core.Log;
        EntryId last = log.LastEntryId;
        if (leaderTail.TryGetValue(leader.Id, out (ulong Term, ulong Last, ulong LastTerm) tail) && tail.Term == leader.Term)
        {
            Assert.True(last.Index >= tail.Last, $"leader append-only: {leader.Id} lost entries");
            if (log.Term(tail.Last, out ulong term) == LogResult.Ok)
            {
                Assert.Equal(tail.LastTerm, term);
            }
        }
        else
        {
            // A new leader holds all that is committed.
            foreach ((ulong index, (ulong term, _)) in applied)
            {
                if (leaderOfTerm.Keys.Any(led => led > leader.Term))
                {
                    break;
                }

                if (log.Term(index, out ulong ours) != LogResult.Compacted)
                {
                    Assert.True(ours == term, $"leader completeness: {leader.Id} in term {leader.Term} lacks entry {index} of term {term}");
                }
            }
        }

        leaderTail[leader.Id] = (leader.Term, last.Index, last.Term);
    }
}
