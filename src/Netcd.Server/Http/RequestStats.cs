using Netcd.Engine.Text;

namespace Netcd.Server.Http;

/// <summary>What is logged of a unary call that took long, in the form in which etcd logs it.</summary>
/// <param name="Start">When it came.</param>
/// <param name="Taken">How long it took to be answered, without the time for the answer to be sent.</param>
/// <param name="Remote">The caller's address.</param>
/// <param name="Method">Its path in gRPC.</param>
/// <param name="RequestCount">The keys that were written; -1 for a call that has nothing to do with keys, as in the other sizes.</param>
/// <param name="RequestBytes">The request's size, or that of a transaction's branch that was taken.</param>
/// <param name="ResponseCount">The keys that were read or deleted.</param>
/// <param name="ResponseBytes">The answer's size; 0 where there is none.</param>
/// <param name="Content">The request without values.</param>
internal sealed record RequestStats(
    DateTimeOffset Start,
    TimeSpan Taken,
    string Remote,
    string Method,
    long RequestCount,
    long RequestBytes,
    long ResponseCount,
    long ResponseBytes,
    string Content) : ILogFields
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Names =>
    [
        "start time", "time spent", "remote", "response type", "request count", "request size", "response count", "response size",
        "request content",
    ];

    /// <inheritdoc/>
    public IReadOnlyList<object?> Values =>
        [Start, Taken, Remote, Method, RequestCount, RequestBytes, ResponseCount, ResponseBytes, Content];
}
