using Netcd.Protocol.Errors;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Watching;

/// <summary>The Watch service, whatever transport calls it.</summary>
/// <param name="gate">The engine.</param>
/// <param name="leader">Ends the streams that require a leader.</param>
/// <param name="stop">Fires when the server stops.</param>
internal sealed class WatchHandlers(EngineClient gate, LeaderLoss leader, CancellationToken stop)
{
    /// <summary>Opens a stream; dispose it when the client has gone.</summary>
    /// <exception cref="EtcdException">It is refused.</exception>
    public WatchCall Open(CallContext context)
    {
        CancellationToken leaderLost = context.RequiresLeader ? leader.Token : CancellationToken.None;
        gate.Admit(context);
        return new WatchCall(gate, context, stop, leaderLost);
    }
}
