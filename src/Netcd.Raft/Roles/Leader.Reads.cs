namespace Netcd.Raft;

/// <content>Linearizable reads (thesis, section 6.4).</content>
internal sealed partial class Leader
{
    private readonly ReadAcknowledgements reads = new();

    // Asked before this term committed anything: only then does the leader know the commit index for sure.
    private List<Message> waitingReads = [];

    private void ReadIndex(Message request)
    {
        if (request.Entries.Length != 1)
        {
            return;
        }

        if (Core.Configuration.IsSingleton)
        {
            Answer(request, Log.Committed);
        }
        else if (!HasCommittedInTerm)
        {
            waitingReads.Add(request);
        }
        else
        {
            Confirm(request);
        }
    }

    private void ReleaseWaitingReads()
    {
        if (waitingReads.Count == 0)
        {
            return;
        }

        List<Message> waiting = waitingReads;
        waitingReads = [];
        foreach (Message request in waiting)
        {
            Confirm(request);
        }
    }

    private void Confirm(Message request)
    {
        if (Core.Config.ReadOnlyOption == ReadOnlyOption.LeaseBased)
        {
            Answer(request, Log.Committed);
            return;
        }

        reads.Add(request, Log.Committed);
        reads.Acknowledge(Core.Id, reads.HeartbeatContext().Span);
        BroadcastHeartbeat();
    }

    private void ConfirmReads(Message heartbeatResponse)
    {
        if (Core.Config.ReadOnlyOption != ReadOnlyOption.Safe || heartbeatResponse.Context.IsEmpty)
        {
            return;
        }

        reads.Acknowledge(heartbeatResponse.From, heartbeatResponse.Context.Span);
        while (reads.TryTakeConfirmed(Core.Configuration.Voters, out Message request, out ulong index))
        {
            Answer(request, index);
        }
    }

    private void Answer(Message request, ulong index)
    {
        if (request.From == NodeId.None || request.From == Core.Id)
        {
            Core.ReadStates.Add(new ReadState(index, request.Entries.Span[0].Data));
        }
        else
        {
            Core.Send(new Message { Type = MessageType.ReadIndexResponse, To = request.From, Index = index, Entries = request.Entries });
        }
    }

    private bool HasCommittedInTerm => Log.Term(Log.Committed, out ulong term) == LogResult.Ok && term == Core.Term;
}
