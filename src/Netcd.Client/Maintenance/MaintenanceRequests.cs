using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Maintenance;

/// <summary>What operators ask of the members of a cluster.</summary>
internal sealed class MaintenanceRequests(EtcdConnection connection) : IMaintenance
{
    public async Task<MemberStatus> StatusAsync(string endpoint, CancellationToken cancel)
    {
        StatusResponse answer = await connection.AskAsync(
            endpoint, MaintenanceCalls.Status, new StatusRequest(), isWrite: false, null, cancel).ConfigureAwait(false);
        return new MemberStatus(
            answer.Header.ToHeader(),
            answer.Version,
            answer.DbSize,
            answer.DbSizeInUse,
            answer.DbSizeQuota,
            answer.Leader,
            answer.RaftTerm,
            answer.RaftIndex,
            answer.RaftAppliedIndex,
            answer.IsLearner,
            [.. answer.Errors],
            answer.StorageVersion,
            answer.DowngradeInfo is { Enabled: true } downgrade ? downgrade.TargetVersion : null);
    }

    public Task DefragmentAsync(string endpoint, CancellationToken cancel) => connection.AskAsync(
        endpoint, MaintenanceCalls.Defragment, new DefragmentRequest(), isWrite: true, Timeout.InfiniteTimeSpan, cancel);

    public async Task<HashResult> HashAsync(string endpoint, CancellationToken cancel)
    {
        HashResponse answer = await connection.AskAsync(
            endpoint, MaintenanceCalls.Hash, new HashRequest(), isWrite: false, null, cancel).ConfigureAwait(false);
        return new HashResult(answer.Header.ToHeader(), answer.Hash);
    }

    public async Task<HashKvResult> HashKvAsync(string endpoint, long revision, CancellationToken cancel)
    {
        HashKVRequest request = new() { Revision = revision };
        HashKVResponse answer = await connection.AskAsync(
            endpoint, MaintenanceCalls.HashKv, request, isWrite: false, null, cancel).ConfigureAwait(false);
        return new HashKvResult(answer.Header.ToHeader(), answer.Hash, answer.CompactRevision, answer.HashRevision);
    }

    public Task<SnapshotResult> SnapshotAsync(
        string endpoint, Stream destination, IProgress<SnapshotProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return SnapshotCopy.MakeAsync(connection, endpoint, destination, progress, cancel);
    }

    public async Task<EtcdHeader> MoveLeaderAsync(string endpoint, ulong target, CancellationToken cancel)
    {
        MoveLeaderRequest request = new() { TargetID = target };
        MoveLeaderResponse answer = await connection.AskAsync(
            endpoint, MaintenanceCalls.MoveLeader, request, isWrite: true, null, cancel).ConfigureAwait(false);
        return answer.Header.ToHeader();
    }

    public async Task<AlarmList> AlarmsAsync(CancellationToken cancel)
    {
        AlarmRequest request = new() { Action = AlarmRequest.Types.AlarmAction.Get };
        return ListOf(await connection.ReadAsync(MaintenanceCalls.Alarm, request, null, cancel).ConfigureAwait(false));
    }

    public async Task<AlarmList> DisarmAsync(Alarm alarm, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        AlarmRequest request = new()
        {
            Action = AlarmRequest.Types.AlarmAction.Deactivate,
            MemberID = alarm.MemberId,
            Alarm = (AlarmType)alarm.Kind,
        };
        return ListOf(await connection.WriteAsync(MaintenanceCalls.Alarm, request, null, cancel).ConfigureAwait(false));
    }

    public async Task<DowngradeResult> DowngradeAsync(DowngradeAction action, string version, CancellationToken cancel)
    {
        DowngradeRequest request = new() { Action = (DowngradeRequest.Types.DowngradeAction)action, Version = version };
        Task<DowngradeResponse> asked = action == DowngradeAction.Validate
            ? connection.ReadAsync(MaintenanceCalls.Downgrade, request, null, cancel)
            : connection.WriteAsync(MaintenanceCalls.Downgrade, request, null, cancel);
        DowngradeResponse answer = await asked.ConfigureAwait(false);
        return new DowngradeResult(answer.Header.ToHeader(), answer.Version);
    }

    private static AlarmList ListOf(AlarmResponse answer) => new(
        answer.Header.ToHeader(), [.. answer.Alarms.Select(static alarm => new Alarm(alarm.MemberID, (AlarmKind)alarm.Alarm))]);
}
