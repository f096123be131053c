namespace Netcd.Client.Cluster;

/// <summary>The members of the cluster. All calls throw <see cref="EtcdException"/> and those derived from it.</summary>
public interface ICluster
{
    /// <summary>Lists the members.</summary>
    /// <param name="linearizable">Whether the list is to be the newest, which needs a leader; else it is what one member knows.</param>
    /// <param name="cancel">Gives up.</param>
    Task<MemberList> MembersAsync(bool linearizable = true, CancellationToken cancel = default);

    /// <summary>Adds a member, which is to be started afterwards.</summary>
    /// <param name="peerUrls">Where it will listen for the others.</param>
    /// <param name="asLearner">Adds it without a vote, until it is promoted.</param>
    /// <param name="cancel">Gives up.</param>
    Task<MemberAdded> AddAsync(IEnumerable<string> peerUrls, bool asLearner = false, CancellationToken cancel = default);

    /// <summary>Gives a member other addresses.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="peerUrls">Where it will listen for the others.</param>
    /// <param name="cancel">Gives up.</param>
    Task<MemberList> UpdateAsync(ulong id, IEnumerable<string> peerUrls, CancellationToken cancel = default);

    /// <summary>Removes a member; it stops.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancel">Gives up.</param>
    Task<MemberList> RemoveAsync(ulong id, CancellationToken cancel = default);

    /// <summary>Gives a learner its vote.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancel">Gives up.</param>
    Task<MemberList> PromoteAsync(ulong id, CancellationToken cancel = default);

    /// <summary>Calls, from now on, all members that the cluster has, but for learners and those that have not started, at the addresses
    /// that they advertise.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The endpoints.</returns>
    Task<IReadOnlyList<string>> RefreshEndpointsAsync(CancellationToken cancel = default);
}
