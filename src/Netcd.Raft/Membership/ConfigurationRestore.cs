namespace Netcd.Raft;

/// <summary>Builds the configuration that a <see cref="ConfState"/> describes, by the same steps that lead to it in life.</summary>
internal static class ConfigurationRestore
{
    public static ConfigurationResult From(ConfState state, Func<bool, Progress> newProgress)
    {
        ConfigurationResult result = new(Configuration.Empty, ProgressTable.Empty, null);
        IEnumerable<ConfChangeSingle> incoming = Incoming(state);
        if (state.VotersOutgoing.Count == 0)
        {
            return OneByOne(result, incoming, newProgress);
        }

        // Joint: the outgoing voters come first, then everybody changes at once.
        result = OneByOne(result, state.VotersOutgoing.Select(id => new ConfChangeSingle(ConfChangeType.AddNode, id)), newProgress);
        return result.Error is not null
            ? result
            : new ConfigurationChanger(result.Configuration, result.Members, newProgress).EnterJoint(
                state.AutoLeave,
                [.. state.VotersOutgoing.Select(id => new ConfChangeSingle(ConfChangeType.RemoveNode, id)), .. incoming]);
    }

    private static IEnumerable<ConfChangeSingle> Incoming(ConfState state) =>
    [
        .. state.Voters.Select(id => new ConfChangeSingle(ConfChangeType.AddNode, id)),
        .. state.Learners.Select(id => new ConfChangeSingle(ConfChangeType.AddLearnerNode, id)),
        .. state.LearnersNext.Select(id => new ConfChangeSingle(ConfChangeType.AddLearnerNode, id)),
    ];

    private static ConfigurationResult OneByOne(
        ConfigurationResult start, IEnumerable<ConfChangeSingle> changes, Func<bool, Progress> newProgress)
    {
        ConfigurationResult result = start;
        foreach (ConfChangeSingle change in changes)
        {
            result = new ConfigurationChanger(result.Configuration, result.Members, newProgress).Simple(change);
            if (result.Error is not null)
            {
                break;
            }
        }

        return result;
    }
}
