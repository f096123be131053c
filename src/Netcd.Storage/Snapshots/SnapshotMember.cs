namespace Netcd.Storage.Snapshots;

/// <summary>A member of the cluster as a snapshot names it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="PeerUrls">Where its peers reach it.</param>
/// <param name="IsLearner">Whether it does not vote.</param>
/// <param name="Name">Its name; empty until it has started once.</param>
/// <param name="ClientUrls">Where clients reach it; empty until it has started once.</param>
public sealed record SnapshotMember(
    ulong Id, IReadOnlyList<string> PeerUrls, bool IsLearner, string Name, IReadOnlyList<string> ClientUrls);
