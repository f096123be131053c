namespace Netcd.Raft;

/// <content>Handing leadership over (thesis, section 3.10).</content>
internal sealed partial class Leader
{
    /// <summary>Who shall lead; proposals are refused meanwhile, so that the log stands still while it catches up.</summary>
    public ulong Transferee { get; private set; }

    private void Transfer(ulong transferee, Progress progress)
    {
        if (progress.IsLearner || transferee == Transferee)
        {
            return;
        }

        Transferee = NodeId.None;
        if (transferee == Core.Id)
        {
            return;
        }

        // It has an election timeout from now on.
        Core.ElectionElapsed = 0;
        Transferee = transferee;
        if (progress.Match == Log.LastIndex)
        {
            SendTimeoutNow(transferee);
        }
        else
        {
            TrySendAppend(transferee, progress, evenIfEmpty: true);
        }
    }

    // It did not come about within an election timeout. A joint configuration that was to be left meanwhile is left now.
    private void GiveUpTransfer()
    {
        if (Transferee == NodeId.None)
        {
            return;
        }

        Transferee = NodeId.None;
        if (Core.Role == this)
        {
            LeaveJointIfApplied(Log.Applied);
        }
    }

    private void SendTimeoutNow(ulong to) => Core.Send(new Message { Type = MessageType.TimeoutNow, To = to });
}
