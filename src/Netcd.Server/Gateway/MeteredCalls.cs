using System.Diagnostics;
using Grpc.Core;
using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;
using Netcd.Server.EngineAccess;
using Netcd.Server.Monitoring;
using Netcd.Server.Tracing;

namespace Netcd.Server.Gateway;

/// <summary>Counts and traces the gateway's calls as those of gRPC: in etcd the gateway is a client of its own server. Bytes are not
/// counted, as no messages are made of them, nor are the messages of streams.</summary>
/// <param name="meters">Count the calls.</param>
/// <param name="tracing">Traces them; null where they are not traced.</param>
internal sealed class MeteredCalls(CallMeters meters, CallTracing? tracing)
{
    /// <summary>The handler of a unary call, counted.</summary>
    public Func<TRequest, CallContext, ValueTask<TAnswer>> Of<TRequest, TAnswer>(
        Call known, Func<TRequest, CallContext, ValueTask<TAnswer>> handler)
    {
        CallMeter meter = meters.Of(known.Path);
        return async (request, context) =>
        {
            TAnswer? answer = default;
            await RunAsync(meter, context, async () =>
            {
                meter.Received(0);
                answer = await handler(request, context).ConfigureAwait(false);
                meter.Sent(0);
            }).ConfigureAwait(false);
            return answer!;
        };
    }

    /// <summary>Runs a call and counts how it ends.</summary>
    public ValueTask RunAsync(Call known, CallContext context, Func<ValueTask> call) => RunAsync(meters.Of(known.Path), context, call);

    private async ValueTask RunAsync(CallMeter meter, CallContext context, Func<ValueTask> call)
    {
        using Activity? span = tracing?.BeginAtGateway(context.Caller.Transport, meter.Service, meter.Method);
        long began = meter.Begin(null);
        StatusCode code = StatusCode.OK;
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            code = CodeOf(failure);
            throw;
        }
        finally
        {
            meter.End(code, began);
            CallTracing.NoteStatus(span, code);
        }
    }

    private static StatusCode CodeOf(Exception failure) => failure switch
    {
        EtcdException refused => refused.Error.Code,
        RpcException refused => refused.StatusCode,
        GatewayException wrong => wrong.Code,
        OperationCanceledException => StatusCode.Cancelled,
        _ => StatusCode.Unknown,
    };
}
