namespace Netcd.Client.Cluster;

/// <summary>A member of the cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name; empty if it has not started yet.</param>
/// <param name="PeerUrls">Where it listens for the others.</param>
/// <param name="ClientUrls">Where it listens for clients, as it advertises it; empty if it has not started yet.</param>
/// <param name="IsLearner">Whether it has no vote.</param>
public sealed record Member(
    ulong Id, string Name, IReadOnlyList<string> PeerUrls, IReadOnlyList<string> ClientUrls, bool IsLearner);

/// <summary>The members.</summary>
/// <param name="Header">Who answered; without a revision.</param>
/// <param name="Members">The members.</param>
public sealed record MemberList(EtcdHeader Header, IReadOnlyList<Member> Members);

/// <summary>A member was added.</summary>
/// <param name="Header">Who answered; without a revision.</param>
/// <param name="Added">The new one.</param>
/// <param name="Members">All of them.</param>
public sealed record MemberAdded(EtcdHeader Header, Member Added, IReadOnlyList<Member> Members);
