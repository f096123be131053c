namespace Netcd.Raft.Tests;

/// <summary>
/// The safety properties of figure 3 of the paper, checked while a cluster runs: election safety, leader append-only, log matching,
/// leader completeness, state machine safety.
/// </summary>
internal sealed class SafetyChecker
{
    private readonly TestCluster _cluster;
    private readonly Dictionary<ulong, ulong> _leaderOfTerm = [];
    private readonly Dictionary<ulong, (ulong Term, ulong State)> _applied = [];
    private readonly Dictionary<ulong, (ulong Term, ulong Last, ulong LastTerm)> _leaderTail = [];
    private readonly Dictionary<ulong, ulong> _commits = [];

    public SafetyChecker(TestCluster cluster)
    {
        _cluster = cluster;
        foreach (var member in cluster.Members)
        {
            var id = member.Id;
            member.OnApplied = (index, term, state) => CheckApplied(id, index, term, state);
        }
    }

    public ulong HighestApplied { get; private set; }

    public ulong HighestCommit { get; private set; }

    public void Forget(ulong member)
    {
        _leaderTail.Remove(member);
        _commits.Remove(member);
    }

    public void Check()
    {
        foreach (var member in _cluster.Members.Where(member => member.IsUp))
        {
            CheckCommit(member);
            if (member.IsLeader)
                CheckLeader(member);
            else
                _leaderTail.Remove(member.Id);
        }
    }

    /// <summary>Two logs that hold an entry of the same index and term hold the same entries before it.</summary>
    public void CheckLogMatching()
    {
        var logs = _cluster.Members.Select(member => member.DurableEntries()).ToList();
        for (var i = 0; i < logs.Count; i++)
        {
            for (var j = i + 1; j < logs.Count; j++)
                CheckMatching(logs[i], logs[j]);
        }
    }

    private static void CheckMatching(List<Entry> left, List<Entry> right)
    {
        var others = right.ToDictionary(entry => entry.Index);
        var mustMatch = false;
        for (var i = left.Count - 1; i >= 0; i--)
        {
            if (!others.TryGetValue(left[i].Index, out var other))
                continue;
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
        if (_applied.TryGetValue(index, out var known))
            Assert.True(known == (term, state), $"state machine safety: member {member} applied another entry at {index}");
        _applied[index] = (term, state);
        HighestApplied = Math.Max(HighestApplied, index);
    }

    private void CheckCommit(Member member)
    {
        var commit = member.Commit;
        Assert.True(commit >= _commits.GetValueOrDefault(member.Id), $"member {member.Id} takes back its commit index");
        _commits[member.Id] = commit;
        HighestCommit = Math.Max(HighestCommit, commit);
    }

    private void CheckLeader(Member leader)
    {
        if (_leaderOfTerm.TryGetValue(leader.Term, out var other))
            Assert.True(other == leader.Id, $"election safety: {other} and {leader.Id} lead in term {leader.Term}");
        _leaderOfTerm[leader.Term] = leader.Id;

        var log = leader.Raft.Core.Log;
        var last = log.LastEntryId;
        if (_leaderTail.TryGetValue(leader.Id, out var tail) && tail.Term == leader.Term)
        {
            Assert.True(last.Index >= tail.Last, $"leader append-only: {leader.Id} lost entries");
            if (log.Term(tail.Last, out var term) == LogResult.Ok)
                Assert.Equal(tail.LastTerm, term);
        }
        else
        {
            // A new leader holds all that is committed.
            foreach (var (index, (term, _)) in _applied)
            {
                if (_leaderOfTerm.Keys.Any(led => led > leader.Term))
                    break;
                if (log.Term(index, out var ours) != LogResult.Compacted)
                    Assert.True(ours == term, $"leader completeness: {leader.Id} in term {leader.Term} lacks entry {index} of term {term}");
            }
        }

        _leaderTail[leader.Id] = (leader.Term, last.Index, last.Term);
    }
}
