namespace Netcd.Client.Coordination;

/// <summary>
/// The session has ended, or the key that stood for a place in a queue was deleted: what was held under it may be another's by now.
/// </summary>
/// <param name="message">What was wanted.</param>
public sealed class SessionLostException(string message) : EtcdException(EtcdStatusCode.FailedPrecondition, message);
