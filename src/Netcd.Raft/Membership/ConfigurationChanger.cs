namespace Netcd.Raft;

/// <summary>
/// The arithmetic of configuration changes (thesis, chapter 4): one voter at a time, or any set of changes through a joint configuration.
/// Pure: a change that is not allowed leaves no trace.
/// </summary>
/// <param name="configuration">The configuration to change.</param>
/// <param name="members">The progress of its members.</param>
/// <param name="newProgress">Makes the progress of a member that joins; its argument is whether it is a learner.</param>
internal sealed class ConfigurationChanger(Configuration configuration, ProgressTable members, Func<bool, Progress> newProgress)
{
    /// <summary>Any change that turns at most one voter at a time.</summary>
    public ConfigurationResult Simple(params IEnumerable<ConfChangeSingle> changes)
    {
        if (configuration.IsJoint)
        {
            return ConfigurationResult.Refused("can't apply simple config change in joint config");
        }

        ConfigurationDraft draft = new(configuration, members, newProgress);
        if (draft.Apply(changes) is { } wrong)
        {
            return ConfigurationResult.Refused(wrong);
        }

        return configuration.Voters.Incoming.DifferenceTo(draft.ToConfiguration().Voters.Incoming) > 1
            ? ConfigurationResult.Refused("more than one voter changed without entering joint config")
            : Checked(draft);
    }

    /// <summary>From C(old) to C(new, old): decisions then need a majority of both.</summary>
    public ConfigurationResult EnterJoint(bool autoLeave, params IEnumerable<ConfChangeSingle> changes)
    {
        if (configuration.IsJoint)
        {
            return ConfigurationResult.Refused("config is already joint");
        }

        if (configuration.Voters.Incoming.Count == 0)
        {
            return ConfigurationResult.Refused("can't make a zero-voter config joint");
        }

        ConfigurationDraft draft = new(configuration, members, newProgress);
        draft.SplitVoters();
        if (draft.Apply(changes) is { } wrong)
        {
            return ConfigurationResult.Refused(wrong);
        }

        draft.AutoLeave = autoLeave;
        return Checked(draft);
    }

    /// <summary>From C(new, old) to C(new).</summary>
    public ConfigurationResult LeaveJoint()
    {
        if (!configuration.IsJoint)
        {
            return ConfigurationResult.Refused("can't leave a non-joint config");
        }

        ConfigurationDraft draft = new(configuration, members, newProgress);
        draft.DropOutgoing();
        return Checked(draft);
    }

    /// <summary>The change that an entry asks for.</summary>
    public ConfigurationResult Apply(ConfChangeV2 change)
    {
        if (change.LeavesJoint)
        {
            return LeaveJoint();
        }

        return change.EntersJoint ? EnterJoint(change.LeavesAutomatically, change.Changes) : Simple(change.Changes);
    }

    private static ConfigurationResult Checked(ConfigurationDraft draft)
    {
        ConfigurationResult result = new(draft.ToConfiguration(), draft.ToMembers(), null);
        return BrokenInvariant(result.Configuration, result.Members) is { } broken ? ConfigurationResult.Refused(broken) : result;
    }

    private static string? BrokenInvariant(Configuration configuration, ProgressTable members)
    {
        (JointQuorum voters, NodeSet learners, NodeSet learnersNext, bool autoLeave) = configuration;
        foreach (ulong id in voters.All.Union(learners).Union(learnersNext))
        {
            if (members[id] is null)
            {
                return $"no progress for {id}";
            }
        }

        foreach (ulong id in learnersNext)
        {
            if (!voters.Outgoing.Contains(id))
            {
                return $"{id} is in LearnersNext, but not Voters[1]";
            }

            if (members[id]!.IsLearner)
            {
                return $"{id} is in LearnersNext, but is already marked as learner";
            }
        }

        foreach (ulong id in learners)
        {
            if (voters.Contains(id))
            {
                return $"{id} is in Learners and in Voters";
            }

            if (!members[id]!.IsLearner)
            {
                return $"{id} is in Learners, but is not marked as learner";
            }
        }

        return autoLeave && !voters.IsJoint ? "AutoLeave must be false when not joint" : null;
    }
}
