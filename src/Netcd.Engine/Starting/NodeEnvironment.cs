using Microsoft.Extensions.Logging;
using Netcd.Engine.Auth;
using Netcd.Engine.Hashing;
using Netcd.Engine.Metering;

namespace Netcd.Engine.Starting;

/// <summary>What the engine does not have of its own.</summary>
/// <param name="Random">A number from 0 to below the argument, unlike those of earlier starts; spreads election timeouts, and request
/// ids begin with it.</param>
/// <param name="Seed">The secret of its hash tables: each member another, and each start.</param>
/// <param name="Log">Where it logs what it does.</param>
public sealed record NodeEnvironment(Func<int, int> Random, HashSeed Seed, ILogger Log)
{
    /// <summary>Hears of log-ins.</summary>
    public IAuthEvents AuthEvents { get; init; } = NoAuthEvents.Instance;

    /// <summary>Begins a piece of work on another thread; what it returns waits for the end of that, and throws what it has thrown.
    /// Without it there is one thread for all.</summary>
    public Func<Action, Action>? Beside { get; init; }

    /// <summary>Measures how long things take, for the metrics and for nothing else.</summary>
    public MonotonicClock Clock { get; init; } = MonotonicClock.Still;
}
