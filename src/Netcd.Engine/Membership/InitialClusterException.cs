namespace Netcd.Engine.Membership;

/// <summary>The members that a new cluster is to start with are named in a way that cannot be; the message is for the operator.</summary>
public sealed class InitialClusterException(string message) : Exception(message);
