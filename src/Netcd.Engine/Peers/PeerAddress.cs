using Netcd.Engine.Membership;

namespace Netcd.Engine.Peers;

/// <summary>Where another member is reached.</summary>
/// <param name="Id">The member's id.</param>
/// <param name="PeerUrls">Its peer URLs, at least one; tried in turn when one fails.</param>
public sealed record PeerAddress(MemberId Id, IReadOnlyList<string> PeerUrls);
