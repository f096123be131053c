using Netcd.Engine.Watching;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Watching;

namespace Netcd.Server.Services;

/// <summary>Awaits changes of keys by a watch of this member.</summary>
internal sealed class KeyChanges(WatchHandlers watches)
{
    /// <summary>
    /// Returns when there was a change, or when changes that it should have reported may have been compacted: look again either way.
    /// </summary>
    /// <param name="watch">Which keys and changes, and from which revision on.</param>
    /// <param name="context">The call that waits.</param>
    /// <exception cref="EtcdException">The caller may not read the keys, the server stops, or the leader is lost to a caller that requires
    /// one.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async ValueTask AwaitAsync(WatchCreateRequest watch, CallContext context)
    {
        using WatchCall call = watches.Open(context);
        using (context.Cancellation.UnsafeRegister(static waiting => ((WatchCall)waiting!).End(), call))
        {
            await call.RequestAsync(new WatchRequest { CreateRequest = watch }).ConfigureAwait(false);
            await call.SendAsync(EndAtChange).ConfigureAwait(false);
        }

        context.Cancellation.ThrowIfCancellationRequested();
    }

    private static ValueTask EndAtChange(WatchCall call, List<WatchMessage> messages)
    {
        messages.Select(static message => message.Denial).FirstOrDefault(static denial => denial is not null).ThrowIfError();
        if (messages.Exists(static message => message.EventCount > 0 || message.IsCanceled))
        {
            call.End();
        }

        return ValueTask.CompletedTask;
    }
}
