namespace Netcd.Raft;

/// <summary>The match indexes as acknowledgements: what a quorum holds is committed.</summary>
internal readonly struct MatchIndexes(ProgressTable members) : IAcknowledgements
{
    public bool TryGet(ulong voter, out ulong acknowledged)
    {
        bool found = members.TryGet(voter, out Progress? progress);
        acknowledged = progress?.Match ?? 0;
        return found;
    }
}
