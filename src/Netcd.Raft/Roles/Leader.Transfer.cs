namespace Netcd.Raft;

/// <content>Handing leadership over (thesis, section 3.10).</content>
internal sealed partial class Leader
{
    /// <summary>Who shall lead; proposals are refused meanwhile, so that the log stands still while it catches up.</summary>
    public ulong Transferee { get; private set; }

    private void Transfer(ulong transferee, Progress progress)
    {
        if (progress.IsLearner || transferee == Transferee)
            return;
        Transferee = NodeId.None;
        if (transferee == Core.Id)
            return;

        // It has an election timeout from now on.
        Core.ElectionElapsed = 0;
        Transferee = transferee;
        if (progress.Match == Log.LastIndex)
            SendTimeoutNow(transferee);
        else
            TrySendAppend(transferee, progress, evenIfEmpty: true);
    }

    private void SendTimeoutNow(ulong to) => Core.Send(new Message { Type = MessageType.TimeoutNow, To = to });
}
