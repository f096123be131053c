namespace Netcd.Raft;

/// <content>Linearizable reads (thesis, section 6.4).</content>
internal sealed partial class Leader
{
    private readonly ReadConfirmations _reads = new();

    // Asked before this term committed anything: only then does the leader know the commit index for sure.
    private List<Message> _waitingReads = [];

    private void ReadIndex(Message request)
    {
        if (request.Entries.Length != 1)
            return;
        if (Core.Configuration.IsSingleton)
            Answer(request, Log.Committed);
        else if (!HasCommittedInTerm)
            _waitingReads.Add(request);
        else
            Confirm(request);
    }

    private void ReleaseWaitingReads()
    {
        if (_waitingReads.Count == 0)
            return;
        var waiting = _waitingReads;
        _waitingReads = [];
        foreach (var request in waiting)
            Confirm(request);
    }

    private void Confirm(Message request)
    {
        if (Core.Config.ReadOnlyOption == ReadOnlyOption.LeaseBased)
        {
            Answer(request, Log.Committed);
            return;
        }

        _reads.Add(request, Log.Committed);
        _reads.Acknowledge(Core.Id, _reads.HeartbeatContext().Span);
        BroadcastHeartbeat();
    }

    private void ConfirmReads(Message heartbeatResponse)
    {
        if (Core.Config.ReadOnlyOption != ReadOnlyOption.Safe || heartbeatResponse.Context.IsEmpty)
            return;
        _reads.Acknowledge(heartbeatResponse.From, heartbeatResponse.Context.Span);
        while (_reads.TryTakeConfirmed(Core.Configuration.Voters, out var request, out var index))
            Answer(request, index);
    }

    private void Answer(Message request, ulong index)
    {
        if (request.From == NodeId.None || request.From == Core.Id)
            Core.ReadStates.Add(new ReadState(index, request.Entries.Span[0].Data));
        else
            Core.Send(new Message { Type = MessageType.ReadIndexResponse, To = request.From, Index = index, Entries = request.Entries });
    }

    private bool HasCommittedInTerm => Log.Term(Log.Committed, out var term) == LogResult.Ok && term == Core.Term;
}
