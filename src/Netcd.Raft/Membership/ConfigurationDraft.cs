namespace Netcd.Raft;

/// <summary>A configuration being changed, and the progress of its members along with it.</summary>
internal sealed class ConfigurationDraft(Configuration configuration, ProgressTable members, Func<bool, Progress> newProgress)
{
    private NodeSet _incoming = configuration.Voters.Incoming;
    private NodeSet _outgoing = configuration.Voters.Outgoing;
    private NodeSet _learners = configuration.Learners;
    private NodeSet _learnersNext = configuration.LearnersNext;
    private readonly SortedDictionary<ulong, Progress> _members = members.ToCopies();

    public bool AutoLeave { get; set; } = configuration.AutoLeave;

    public Configuration ToConfiguration() => new(new JointQuorum(_incoming, _outgoing), _learners, _learnersNext, AutoLeave);

    public ProgressTable ToMembers() => ProgressTable.Of(_members);

    /// <summary>The incoming voters become the outgoing as well.</summary>
    public void SplitVoters() => _outgoing = _incoming;

    /// <summary>The outgoing voters go; who is not in the new configuration is forgotten, who waited to learn learns.</summary>
    public void DropOutgoing()
    {
        foreach (var id in _learnersNext)
        {
            _learners = _learners.With(id);
            _members[id].IsLearner = true;
        }

        _learnersNext = NodeSet.Empty;
        foreach (var id in _outgoing)
        {
            if (!_incoming.Contains(id) && !_learners.Contains(id))
                _members.Remove(id);
        }

        _outgoing = NodeSet.Empty;
        AutoLeave = false;
    }

    /// <summary>Does the steps in order. Returns what is wrong with them, or null.</summary>
    public string? Apply(IEnumerable<ConfChangeSingle> changes)
    {
        foreach (var change in changes)
        {
            // An application that decides not to do a committed change sets its node to zero.
            if (change.NodeId == NodeId.None)
                continue;
            switch (change.Type)
            {
                case ConfChangeType.AddNode:
                    MakeVoter(change.NodeId);
                    break;
                case ConfChangeType.AddLearnerNode:
                    MakeLearner(change.NodeId);
                    break;
                case ConfChangeType.RemoveNode:
                    Remove(change.NodeId);
                    break;
                case ConfChangeType.UpdateNode:
                    break;
                default:
                    return $"unexpected conf type {(int)change.Type}";
            }
        }

        return _incoming.Count == 0 ? "removed all voters" : null;
    }

    private void MakeVoter(ulong id)
    {
        if (_members.TryGetValue(id, out var progress))
            progress.IsLearner = false;
        else
            _members.Add(id, newProgress(false));
        _learners = _learners.Without(id);
        _learnersNext = _learnersNext.Without(id);
        _incoming = _incoming.With(id);
    }

    private void MakeLearner(ulong id)
    {
        if (!_members.TryGetValue(id, out var progress))
        {
            _members.Add(id, newProgress(true));
            _learners = _learners.With(id);
            return;
        }

        if (progress.IsLearner)
            return;
        Remove(id);
        _members[id] = progress;
        if (_outgoing.Contains(id))
        {
            _learnersNext = _learnersNext.With(id);
            return;
        }

        progress.IsLearner = true;
        _learners = _learners.With(id);
    }

    private void Remove(ulong id)
    {
        if (!_members.ContainsKey(id))
            return;
        _incoming = _incoming.Without(id);
        _learners = _learners.Without(id);
        _learnersNext = _learnersNext.Without(id);
        if (!_outgoing.Contains(id))
            _members.Remove(id);
    }
}
