namespace Netcd.Raft;

/// <content>Linearizable reads (thesis, section 6.4).</content>
internal sealed partial class Leader
{
    private readonly ReadAcknowledgements reads = new();

    // Asked before this term committed anything, when the leader does not know the commit index for sure, or during a round of another
    // read, if rounds are shared.
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
        else if (ReadsMustWait)
        {
            waitingReads.Add(request);
        }
        else
        {
            Confirm([request]);
        }
    }

    private void ReleaseWaitingReads()
    {
        if (waitingReads.Count == 0 || ReadsMustWait)
        {
            return;
        }

        List<Message> waiting = waitingReads;
        waitingReads = [];
        Confirm(waiting);
    }

    /// <summary>Asks a quorum once for all of them. What is committed now is recent enough for each: all were asked before.</summary>
    private void Confirm(IReadOnlyList<Message> requests)
    {
        if (Core.Config.ReadOnlyOption == ReadOnlyOption.LeaseBased)
        {
            foreach (Message request in requests)
            {
                Answer(request, Log.Committed);
            }

            return;
        }

        foreach (Message request in requests)
        {
            reads.Add(request, Log.Committed);
        }

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

        ReleaseWaitingReads();
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

    // A round whose messages are lost is repeated by the next heartbeat, so those that wait for it do not wait for ever.
    private bool ReadsMustWait => !HasCommittedInTerm || (Core.Config.SharedReadRounds && reads.AreWaiting);

    private bool HasCommittedInTerm => Log.Term(Log.Committed, out ulong term) == LogResult.Ok && term == Core.Term;
}
