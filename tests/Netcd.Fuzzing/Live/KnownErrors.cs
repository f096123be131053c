using Grpc.Core;
using Netcd.Protocol.Errors;
using Netcd.Server.Auth;

namespace Netcd.Fuzzing.Live;

/// <summary>Errors that etcd has by design, although their code is the one of what a server does not expect.</summary>
internal static class KnownErrors
{
    /// <summary>Their texts.</summary>
    public static IReadOnlySet<string> UnexpectedTexts { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        AuthErrors.PasswordTooLong.Message,
    }.Union(EtcdErrors.All.Where(static error => error.Code == StatusCode.Unknown).Select(static error => error.Message))
        .ToHashSet(StringComparer.Ordinal);
}
