namespace Netcd.Raft;

/// <summary>Who was heard lately as a vote: is a quorum still with the leader?</summary>
internal readonly struct RecentActivity(ProgressTable members) : IVotes
{
    public bool TryGet(ulong voter, out bool granted)
    {
        granted = false;
        if (!members.TryGet(voter, out Progress? progress) || progress.IsLearner)
        {
            return false;
        }

        granted = progress.RecentActive;
        return true;
    }
}
