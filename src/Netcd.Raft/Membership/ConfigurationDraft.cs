namespace Netcd.Raft;

/// <summary>A configuration being changed, and the progress of its members along with it.</summary>
internal sealed class ConfigurationDraft(Configuration configuration, ProgressTable members, Func<bool, Progress> newProgress)
{
    private NodeSet incoming = configuration.Voters.Incoming;
    private NodeSet outgoing = configuration.Voters.Outgoing;
    private NodeSet learners = configuration.Learners;
    private NodeSet learnersNext = configuration.LearnersNext;
    private readonly SortedDictionary<ulong, Progress> members = members.ToCopies();

    public bool AutoLeave { get; set; } = configuration.AutoLeave;

    public Configuration ToConfiguration() => new(new JointQuorum(incoming, outgoing), learners, learnersNext, AutoLeave);

    public ProgressTable ToMembers() => ProgressTable.Of(members);

    /// <summary>The incoming voters become the outgoing as well.</summary>
    public void SplitVoters() => outgoing = incoming;

    /// <summary>The outgoing voters go; who is not in the new configuration is forgotten, who waited to learn learns.</summary>
    public void DropOutgoing()
    {
        foreach (ulong id in learnersNext)
        {
            learners = learners.With(id);
            members[id].IsLearner = true;
        }

        learnersNext = NodeSet.Empty;
        foreach (ulong id in outgoing)
        {
            if (!incoming.Contains(id) && !learners.Contains(id))
            {
                members.Remove(id);
            }
        }

        outgoing = NodeSet.Empty;
        AutoLeave = false;
    }

    /// <summary>Does the steps in order. Returns what is wrong with them, or null.</summary>
    public string? Apply(IEnumerable<ConfChangeSingle> changes)
    {
        foreach (ConfChangeSingle change in changes)
        {
            // An application that decides not to do a committed change sets its node to zero.
            if (change.NodeId == NodeId.None)
            {
                continue;
            }

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

        return incoming.Count == 0 ? "removed all voters" : null;
    }

    private void MakeVoter(ulong id)
    {
        if (members.TryGetValue(id, out Progress? progress))
        {
            progress.IsLearner = false;
        }
        else
        {
            members.Add(id, newProgress(false));
        }

        learners = learners.Without(id);
        learnersNext = learnersNext.Without(id);
        incoming = incoming.With(id);
    }

    private void MakeLearner(ulong id)
    {
        if (!members.TryGetValue(id, out Progress? progress))
        {
            members.Add(id, newProgress(true));
            learners = learners.With(id);
            return;
        }

        if (progress.IsLearner)
        {
            return;
        }

        Remove(id);
        members[id] = progress;
        if (outgoing.Contains(id))
        {
            learnersNext = learnersNext.With(id);
            return;
        }

        progress.IsLearner = true;
        learners = learners.With(id);
    }

    private void Remove(ulong id)
    {
        if (!members.ContainsKey(id))
        {
            return;
        }

        incoming = incoming.Without(id);
        learners = learners.Without(id);
        learnersNext = learnersNext.Without(id);
        if (!outgoing.Contains(id))
        {
            members.Remove(id);
        }
    }
}
