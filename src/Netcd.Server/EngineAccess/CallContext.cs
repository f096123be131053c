
namespace Netcd.Server.EngineAccess;

/// <summary>What a handler knows of the call, whatever transport it came by.</summary>
/// <param name="Cancellation">Fires when the caller has gone or its deadline has passed.</param>
/// <param name="RequiresLeader">Whether the call is to fail at once while there is no leader (metadata <c>hasleader</c>).</param>
/// <param name="TimeoutMilliseconds">How long the caller waits, where that is not in <paramref name="Cancellation"/>.</param>
/// <param name="Caller">Who makes it.</param>
public readonly record struct CallContext(
    CancellationToken Cancellation, bool RequiresLeader = false, int TimeoutMilliseconds = int.MaxValue, Caller Caller = default);
