namespace Netcd.Client.Maintenance;

/// <summary>
/// What operators ask of members. Calls with an endpoint are for that member alone, which need not be among the client's, and are not tried
/// again. All calls throw <see cref="EtcdException"/> and those derived from it.
/// </summary>
public interface IMaintenance
{
    /// <summary>How a member is.</summary>
    /// <param name="endpoint">The member.</param>
    /// <param name="cancel">Gives up.</param>
    Task<MemberStatus> StatusAsync(string endpoint, CancellationToken cancel = default);

    /// <summary>Gives a member's free space back to the file system. There is no limit to the time that it takes.</summary>
    /// <param name="endpoint">The member.</param>
    /// <param name="cancel">Gives up waiting; the member goes on.</param>
    Task DefragmentAsync(string endpoint, CancellationToken cancel = default);

    /// <summary>The hash of a member's whole database file: for tests, as it differs between members that hold the same.</summary>
    /// <param name="endpoint">The member.</param>
    /// <param name="cancel">Gives up.</param>
    Task<HashResult> HashAsync(string endpoint, CancellationToken cancel = default);

    /// <summary>The hash of the keys' history: equal for members that hold the same.</summary>
    /// <param name="endpoint">The member.</param>
    /// <param name="revision">Up to which revision, or 0 for all.</param>
    /// <param name="cancel">Gives up.</param>
    Task<HashKvResult> HashKvAsync(string endpoint, long revision = 0, CancellationToken cancel = default);

    /// <summary>Copies a member's database, and checks the copy. There is no limit to the time that it takes.</summary>
    /// <param name="endpoint">The member.</param>
    /// <param name="destination">Gets the database, and the hash behind it by which <c>etcdutl snapshot restore</c> checks it.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">With <see cref="EtcdStatusCode.DataLoss"/>: what came is not what was sent.</exception>
    Task<SnapshotResult> SnapshotAsync(
        string endpoint, Stream destination, IProgress<SnapshotProgress>? progress = null, CancellationToken cancel = default);

    /// <summary>Makes another member the leader.</summary>
    /// <param name="endpoint">The leader.</param>
    /// <param name="target">The id of the member that is to lead.</param>
    /// <param name="cancel">Gives up.</param>
    Task<EtcdHeader> MoveLeaderAsync(string endpoint, ulong target, CancellationToken cancel = default);

    /// <summary>The alarms that are raised.</summary>
    /// <param name="cancel">Gives up.</param>
    Task<AlarmList> AlarmsAsync(CancellationToken cancel = default);

    /// <summary>Lifts an alarm.</summary>
    /// <param name="alarm">Which, of which member.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What was lifted.</returns>
    Task<AlarmList> DisarmAsync(Alarm alarm, CancellationToken cancel = default);

    /// <summary>Checks whether the cluster could go back to a version, lets it, or gives that up.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="version">The version, such as <c>3.5</c>; empty for <see cref="DowngradeAction.Cancel"/>.</param>
    /// <param name="cancel">Gives up.</param>
    Task<DowngradeResult> DowngradeAsync(DowngradeAction action, string version = "", CancellationToken cancel = default);
}
