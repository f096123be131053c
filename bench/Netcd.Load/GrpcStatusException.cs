namespace Netcd.Load;

/// <summary>A call that the server refused or did not finish.</summary>
internal sealed class GrpcStatusException(string message) : Exception(message);
