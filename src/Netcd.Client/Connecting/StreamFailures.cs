using Netcd.Protocol.Errors;

namespace Netcd.Client.Connecting;

/// <summary>What the end of a long stream means for the next one.</summary>
internal static class StreamFailures
{
    /// <summary>Whether the next stream would end in the same way, whichever member it goes to.</summary>
    /// <remarks>A learner refuses streams that other members take, with one code or another by its version.</remarks>
    public static bool AreFinal(EtcdException failure) =>
        !AsksForLogIn(failure)
        && failure.Message != EtcdErrors.NotSupportedForLearner.Message
        && failure.Code is EtcdStatusCode.InvalidArgument or EtcdStatusCode.PermissionDenied or EtcdStatusCode.Unauthenticated
            or EtcdStatusCode.Unimplemented or EtcdStatusCode.ResourceExhausted or EtcdStatusCode.NotFound
            or EtcdStatusCode.FailedPrecondition or EtcdStatusCode.OutOfRange or EtcdStatusCode.DataLoss;

    /// <summary>Whether another token may do.</summary>
    public static bool AsksForLogIn(EtcdException failure) =>
        failure.Message == EtcdErrors.InvalidAuthToken.Message
        || failure.Message == EtcdErrors.AuthOldRevision.Message
        || failure.Message == EtcdErrors.UserNameEmpty.Message;
}
