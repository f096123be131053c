using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Model;

/// <summary>The alarms that are raised, and what is refused for them, as etcd's documentation has it.</summary>
internal sealed class NaiveAlarms
{
    private readonly SortedSet<(AlarmType Type, ulong MemberId)> raised = [];

    /// <summary>What is raised.</summary>
    public IReadOnlyCollection<(AlarmType Type, ulong MemberId)> Raised => raised;

    /// <summary>The error that a request ends with for an alarm, or null.</summary>
    public EtcdError? Refusal(InternalRaftRequest request)
    {
        bool changes = request.Put is not null || request.Txn is not null || request.DeleteRange is not null
            || request.Compaction is not null || request.LeaseGrant is not null || request.LeaseRevoke is not null;
        if (changes && raised.Any(static alarm => alarm.Type == AlarmType.Corrupt))
        {
            return EtcdErrors.Corrupt;
        }

        bool grows = request.Put is not null || request.LeaseGrant is not null || (request.Txn is { } txn && Puts(txn));
        return grows && raised.Any(static alarm => alarm.Type == AlarmType.Nospace) ? EtcdErrors.NoSpace : null;
    }

    /// <summary>Raises, lifts or lists alarms.</summary>
    public AlarmResponse Apply(AlarmRequest request)
    {
        IEnumerable<(AlarmType Type, ulong MemberId)> named = [(request.Alarm, request.MemberID)];
        (AlarmType Type, ulong MemberId)[] told = request.Action switch
        {
            AlarmRequest.Types.AlarmAction.Get =>
                [.. raised.Where(alarm => request.Alarm == AlarmType.None || alarm.Type == request.Alarm)],
            AlarmRequest.Types.AlarmAction.Activate => [.. named],
            _ => [.. named.Where(raised.Contains)],
        };
        if (request.Action == AlarmRequest.Types.AlarmAction.Activate)
        {
            raised.UnionWith(told);
        }
        else if (request.Action == AlarmRequest.Types.AlarmAction.Deactivate)
        {
            raised.ExceptWith(told);
        }

        AlarmResponse response = new();
        response.Alarms.AddRange(told.Select(static alarm => new AlarmMember { Alarm = alarm.Type, MemberID = alarm.MemberId }));
        return response;
    }

    private static bool Puts(TxnRequest txn) => txn.Success.Concat(txn.Failure).Any(static operation =>
        operation.RequestPut is not null || (operation.RequestTxn is { } nested && Puts(nested)));
}
