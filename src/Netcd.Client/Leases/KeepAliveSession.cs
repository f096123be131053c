using System.Threading.Channels;
using Netcd.Protocol.V3;

namespace Netcd.Client.Leases;

/// <summary>One stream's lifetime. <see cref="LeaseKeeper"/> calls it under its lock.</summary>
internal sealed class KeepAliveSession : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly Channel<LeaseKeepAliveRequest> outgoing =
        Channel.CreateUnbounded<LeaseKeepAliveRequest>(new UnboundedChannelOptions { SingleReader = true });

    private Task? ending;

    /// <summary>What is to be sent.</summary>
    public ChannelReader<LeaseKeepAliveRequest> Outgoing => outgoing.Reader;

    /// <summary>Ends the stream.</summary>
    public CancellationToken Ended => end.Token;

    /// <summary>Whether the server has answered anything.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Asks to renew a lease.</summary>
    public void Renew(long id) => outgoing.Writer.TryWrite(new LeaseKeepAliveRequest { ID = id });

    /// <summary>Ends the stream.</summary>
    public void Abort()
    {
        outgoing.Writer.TryComplete();

        // Not by this thread, which holds the lock that those who hear of it want.
        ending ??= end.CancelAsync();
    }

    /// <summary>To be called when it has been ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await (ending ?? Task.CompletedTask).ConfigureAwait(false);
        end.Dispose();
    }
}
