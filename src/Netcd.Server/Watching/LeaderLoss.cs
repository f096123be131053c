using Netcd.Engine.Node;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Watching;

/// <summary>
/// Ends streams that require a leader when there is none any more: after three election timeouts without one, as in etcd.
/// </summary>
#pragma warning disable CA1001 // A source without a timer holds nothing to be let go; who took its token late still uses it.
internal sealed class LeaderLoss(EtcdNode node)
#pragma warning restore CA1001
{
    private const int LooksWithoutLeader = 3;

    private CancellationTokenSource lost = new();

    /// <summary>Fires when the leader is lost.</summary>
    public CancellationToken Token => Volatile.Read(ref lost).Token;

    /// <summary>Begins a call that is a stream.</summary>
    /// <param name="context">The call.</param>
    public LeaderScope Enter(CallContext context) => new(context, Token);

    /// <summary>Looks until it is stopped.</summary>
    public async Task MonitorAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(node.Options.ElectionMilliseconds));
        int without = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                without = node.Position.LeaderId == 0 ? without + 1 : 0;
                if (without >= LooksWithoutLeader)
                {
                    // Not disposed: a stream may just have taken its token, and finds it fired.
                    await Interlocked.Exchange(ref lost, new CancellationTokenSource()).CancelAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }
}
