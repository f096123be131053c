using Grpc.Core;

namespace Netcd.Protocol.Errors;

/// <summary>
/// One error of the client API: the gRPC status code and the exact text that clients compare with. All of them stand in
/// <see cref="EtcdErrors"/>.
/// </summary>
/// <param name="Code">The gRPC status code.</param>
/// <param name="Message">The whole text, its <c>etcdserver: </c> prefix included.</param>
public sealed record EtcdError(StatusCode Code, string Message)
{
    /// <summary>The error as an exception, for code that cannot go on.</summary>
    public EtcdException ToException() => new(this);

    /// <inheritdoc/>
    public override string ToString() => Message;
}

/// <summary>A request failed by rule: the handler's answer is <see cref="Error"/>.</summary>
public sealed class EtcdException(EtcdError error) : Exception(error.Message)
{
    /// <summary>The catalogue's entry.</summary>
    public EtcdError Error { get; } = error;
}

/// <summary>Errors as checks return them.</summary>
public static class EtcdErrorExtensions
{
    /// <summary>Throws the error that a check has found; does nothing for null.</summary>
    /// <exception cref="EtcdException">There is an error.</exception>
    public static void ThrowIfError(this EtcdError? error)
    {
        if (error is not null)
        {
            throw error.ToException();
        }
    }
}
