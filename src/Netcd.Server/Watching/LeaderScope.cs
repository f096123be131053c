using Netcd.Protocol.Errors;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Watching;

/// <summary>A stream while it runs: one that requires a leader is cancelled when the leader is lost.</summary>
/// <example><code>
/// using LeaderScope scope = leaderLoss.Enter(context);
/// try
/// {
///     await ExchangeAsync(scope.Call);
/// }
/// catch (Exception) when (scope.IsLeaderLost)
/// {
///     throw LeaderScope.NoLeader();
/// }
/// </code></example>
internal sealed class LeaderScope : IDisposable
{
    private readonly CancellationToken callersGone;
    private readonly CancellationToken leaderLost;
    private readonly CancellationTokenSource? ended;

    internal LeaderScope(CallContext context, CancellationToken leaderLost)
    {
        callersGone = context.Cancellation;
        if (!context.RequiresLeader)
        {
            Call = context;
            return;
        }

        this.leaderLost = leaderLost;
        ended = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation, leaderLost);
        Call = context with { Cancellation = ended.Token };
    }

    /// <summary>The call, cancelled when its caller has gone or the leader that it requires is lost.</summary>
    public CallContext Call { get; }

    /// <summary>Whether the call was cancelled because the leader is lost; for an exception filter.</summary>
    public bool IsLeaderLost => leaderLost.IsCancellationRequested && !callersGone.IsCancellationRequested;

    /// <summary>What such a call ends with.</summary>
    public static EtcdException NoLeader() => EtcdErrors.NoLeader.ToException();

    /// <inheritdoc/>
    public void Dispose() => ended?.Dispose();
}
