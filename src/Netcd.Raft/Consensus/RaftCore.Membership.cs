namespace Netcd.Raft;

/// <content>The active configuration, and what a change of it sets off.</content>
internal sealed partial class RaftCore
{
    public Configuration Configuration { get; private set; } = Configuration.Empty;

    public ProgressTable Members { get; private set; } = ProgressTable.Empty;

    public ConfState ApplyConfChange(ConfChangeV2 change)
    {
        ConfigurationResult result = new ConfigurationChanger(Configuration, Members, NewProgress).Apply(change);
        if (result.Error is not null)
        {
            throw new RaftInvariantException($"a committed configuration change can be applied: {result.Error} ({Configuration})");
        }

        return Switch(result);
    }

    private void Restore(ConfState state)
    {
        ConfigurationResult result = ConfigurationRestore.From(state, NewProgress);
        if (result.Error is not null)
        {
            throw new RaftInvariantException($"a stored configuration can be restored: {result.Error} ({state})");
        }

        ConfState restored = Switch(result);
        if (!restored.IsEquivalentTo(state))
        {
            throw new RaftInvariantException($"a restored configuration is the one stored: {restored}, stored {state}");
        }
    }

    private ConfState Switch(ConfigurationResult result)
    {
        Configuration = result.Configuration;
        Members = result.Members;
        ConfState state = Configuration.ToConfState();
        if (Role is not Leader leader)
        {
            return state;
        }

        if (!Members.TryGet(Id, out Progress? own) || own.IsLearner)
        {
            if (Config.StepDownOnRemoval)
            {
                BecomeFollower(Term, NodeId.None);
            }
        }
        else if (Configuration.Voters.Incoming.Count > 0)
        {
            leader.ConfigurationChanged();
        }

        return state;
    }

    // A new leader knows nothing about the others' logs, and its own matches itself.
    private void RenewProgress()
    {
        ulong last = Log.LastIndex;
        Members = Members.Renewed((id, old) =>
            new Progress(id == Id ? last : 0, last + 1, NewInflights(), old.IsLearner, recentActive: id == Id));
        Members[Id]?.BecomeReplicate();
    }

    // A newcomer is probed at the end of the log, and counts as heard: the check of the quorum gives it time to speak up.
    private Progress NewProgress(bool isLearner) =>
        new(0, Math.Max(Log.LastIndex, 1), NewInflights(), isLearner, recentActive: true);

    private Inflights NewInflights() => new(Config.MaxInflightMessages, Config.MaxInflightBytes);
}
