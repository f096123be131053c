using Microsoft.Extensions.Logging;
using Netcd.Engine;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Upkeep;

/// <summary>
/// Leads a member out of its own NOSPACE alarm: compacts what automatic compaction need not keep, and lifts the alarm when so much room is
/// free that writes do not raise it again at once. Alarms of other members are theirs to lift.
/// </summary>
/// <param name="gate">The engine.</param>
/// <param name="compactor">What knows how much of the history has to be kept.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where each step is logged.</param>
internal sealed class QuotaRecovery(EngineClient gate, AutoCompactor compactor, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly EtcdNode node = gate.Node;

    /// <summary>Looks for the alarm until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(LookInterval, time, stop).ConfigureAwait(false);
            if (!IsRaised)
            {
                continue;
            }

            log.RecoveringRoom(node.Backend.SizeInUseBytes, node.Backend.QuotaBytes);
            await RecoverAsync(stop).ConfigureAwait(false);
        }
    }

    private bool IsRaised => node.Alarms.Alarms.Any(alarm => alarm.Alarm == AlarmType.Nospace && alarm.MemberID == node.MemberId);

    private bool HasRoom =>
        node.Backend.SizeInUseBytes <= node.Backend.QuotaBytes / 100 * Limits.QuotaRecoveryPercent && !node.Backend.LacksRoom;

    /// <summary>Goes on until the alarm is lifted, by whomever: what is short now may be old enough to be compacted later on.</summary>
    private async Task RecoverAsync(CancellationToken stop)
    {
        string? lastFailure = null;
        bool isShort = false;
        while (IsRaised)
        {
            try
            {
                await StepAsync().ConfigureAwait(false);
                lastFailure = null;
            }
            catch (EtcdException failure) when (!stop.IsCancellationRequested)
            {
                if (failure.Message != lastFailure)
                {
                    log.FailedToRecoverRoom(failure.Message);
                }

                lastFailure = failure.Message;
            }

            await Task.Delay(LookInterval, time, stop).ConfigureAwait(false);
        }

        async Task StepAsync()
        {
            if (!HasRoom && await compactor.CompactExpendableAsync(stop).ConfigureAwait(false) is { } revision)
            {
                log.CompactedForRoom(revision, node.Backend.SizeInUseBytes);
            }

            if (HasRoom)
            {
                await DisarmAsync(stop).ConfigureAwait(false);
                log.DisarmedForRoom(node.Backend.SizeInUseBytes, node.Backend.QuotaBytes);
            }
            else if (!isShort)
            {
                isShort = true;
                log.StillShortOfRoom(node.Backend.SizeInUseBytes, node.Backend.QuotaBytes);
            }
        }
    }

    private async Task DisarmAsync(CancellationToken stop)
    {
        AlarmRequest disarm = new()
        {
            MemberID = node.MemberId,
            Action = AlarmRequest.Types.AlarmAction.Deactivate,
            Alarm = AlarmType.Nospace,
        };
        await gate.ProposeAsync<AlarmResponse>(new InternalRaftRequest { Alarm = disarm }, new CallContext(stop)).ConfigureAwait(false);
    }
}
