using System.Buffers;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Services;
using Netcd.Server.Watching;

namespace Netcd.Server.Gateway;

/// <summary>
/// The Watch service for HTTP clients: each response is sent at once. That there will be no more requests does not end the stream.
/// </summary>
internal sealed class WatchGateway(WatchHandlers handlers, AuditTrail audit)
{
    /// <summary>Serves a stream until it ends.</summary>
    public async ValueTask RunAsync(JsonRequests requests, CallContext context, GatewayOutput output)
    {
        using WatchCall call = handlers.Open(context);
        Exception? failure = null;
        await using CancellationTokenRegistration gone = context.Cancellation.UnsafeRegister(
            static ended => ((WatchCall)ended!).End(), call);
        Task reading = ReadOrEndAsync();
        try
        {
            await call.SendAsync((from, messages) => SendAsync(output, from, messages)).ConfigureAwait(false);
        }
        finally
        {
            call.End();
            requests.Cancel();
            await reading.ConfigureAwait(false);
        }

        throw failure ?? new OperationCanceledException(context.Cancellation);

        async Task ReadOrEndAsync()
        {
            try
            {
                await ReadAsync(requests, call, context).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever it is, it ends this call, and is reported there.
            catch (Exception caught)
            {
                failure = caught;
                call.End();
            }
#pragma warning restore CA1031
        }
    }

    private async Task ReadAsync(JsonRequests requests, WatchCall call, CallContext context)
    {
        while (await requests.ReadAsync<WatchRequest>().ConfigureAwait(false) is { } request
            && await call.RequestAsync(request).ConfigureAwait(false))
        {
            audit.NoteWatch(request, context);
        }
    }

    private static async ValueTask SendAsync(GatewayOutput output, WatchCall call, List<WatchMessage> messages)
    {
        foreach (WatchMessage message in messages)
        {
            ulong term = call.Term;
            ArrayBufferWriter<byte> encoded = new(message.CalculateSize(call.Header, term));
            message.WriteTo(encoded, call.Header, term);
            await output.WriteNextAsync(WatchResponse.Parser.ParseFrom(encoded.WrittenSpan)).ConfigureAwait(false);
        }
    }
}
