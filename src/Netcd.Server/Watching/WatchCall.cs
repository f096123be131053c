using Netcd.Engine.Auth;
using Netcd.Engine.Node;
using Netcd.Engine.Watching;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Running;

namespace Netcd.Server.Watching;

/// <summary>
/// A client's stream of watches as a transport sees it: one loop hands requests in, another sends messages, until the client
/// goes, the server stops, or the leader is lost to a client that requires one.
/// </summary>
internal sealed class WatchCall : WatchStream, IDisposable
{
    private readonly EngineClient gate;
    private readonly CallContext context;
    private readonly EtcdNode node;
    private readonly CompletionQueue completions;
    private readonly WakeSignal messages;
    private readonly WakeSignal requests;
    private readonly CancellationTokenRegistration stopping;
    private readonly CancellationTokenRegistration leaderless;
    private volatile EtcdError? failure;
    private volatile bool isEnded;

    /// <summary>A call that has begun.</summary>
    /// <param name="gate">The engine.</param>
    /// <param name="context">The call.</param>
    /// <param name="stop">Fires when the server stops.</param>
    /// <param name="leaderLost">Fires when the leader is lost; none where the client does not mind.</param>
    public WatchCall(EngineClient gate, CallContext context, CancellationToken stop, CancellationToken leaderLost)
        : base(gate.Node.Watches)
    {
        this.gate = gate;
        this.context = context;
        node = gate.Node;
        completions = gate.Completions;
        messages = new WakeSignal(completions);
        requests = new WakeSignal(completions);
        Header = new WatchHeader(node.ClusterId, node.MemberId);
        stopping = stop.UnsafeRegister(static call => ((WatchCall)call!).End(EtcdErrors.Stopped), this);
        leaderless = leaderLost.UnsafeRegister(static call => ((WatchCall)call!).End(EtcdErrors.NoLeader), this);
    }

    /// <summary>What all responses say about this member.</summary>
    public WatchHeader Header { get; }

    /// <summary>Raft's term as of now.</summary>
    public ulong Term => node.Position.Term;

    /// <summary>Hands a request in, when there is room for it; false where the call has ended.</summary>
    public async ValueTask<bool> RequestAsync(WatchRequest request)
    {
        WatchCaller caller = request.CreateRequest is null ? WatchCaller.None : await IdentifyAsync().ConfigureAwait(false);
        while (!isEnded)
        {
            requests.Arm();
            if (TryAccept())
            {
                Request(request, caller);
                return true;
            }

            if (!isEnded)
            {
                await requests.Woken.ConfigureAwait(false);
            }
        }

        return false;
    }

    /// <summary>Sends messages until the call ends.</summary>
    /// <param name="send">Sends some; they are gone when it returns.</param>
    /// <exception cref="EtcdException">The server ends the call.</exception>
    public async ValueTask SendAsync(Func<WatchCall, List<WatchMessage>, ValueTask> send)
    {
        List<WatchMessage> taken = [];
        while (true)
        {
            messages.Arm();
            if (isEnded)
            {
                break;
            }

            if (TryTake(ref taken))
            {
                await send(this, taken).ConfigureAwait(false);
                Sent(taken);
            }
            else
            {
                await messages.Woken.ConfigureAwait(false);
            }
        }

        if (failure is not null)
        {
            throw failure.ToException();
        }
    }

    /// <summary>Ends the call; the first reason counts, none says that the client has gone.</summary>
    public void End(EtcdError? reason = null)
    {
        if (isEnded)
        {
            return;
        }

        failure = reason;
        isEnded = true;
        messages.Wake();
        requests.Wake();
        completions.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        Close();
        stopping.Dispose();
        leaderless.Dispose();
    }

    private async ValueTask<WatchCaller> IdentifyAsync()
    {
        try
        {
            return new WatchCaller(await gate.IdentifyAsync(context).ConfigureAwait(false));
        }
        catch (EtcdException failure)
        {
            return new WatchCaller(AuthIdentity.None, failure.Error);
        }
    }

    /// <inheritdoc/>
    protected override void OnMessages() => messages.Wake();

    /// <inheritdoc/>
    protected override void OnAccepting()
    {
        requests.Wake();
        completions.Flush();
    }
}
