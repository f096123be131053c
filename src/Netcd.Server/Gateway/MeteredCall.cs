using Grpc.Core;
using Netcd.Protocol.Errors;
using Netcd.Server.EngineAccess;
using Netcd.Server.Monitoring;

namespace Netcd.Server.Gateway;

/// <summary>Counts the gateway's calls as those of gRPC: in etcd the gateway is a client of its own server. Bytes are not counted, as no
/// messages are made of them, nor are the messages of streams.</summary>
internal static class MeteredCall
{
    /// <summary>The handler of a unary call, counted.</summary>
    public static Func<TRequest, CallContext, ValueTask<TAnswer>> Of<TRequest, TAnswer>(
        CallMeter meter, Func<TRequest, CallContext, ValueTask<TAnswer>> handler) => async (request, context) =>
    {
        TAnswer? answer = default;
        await RunAsync(meter, async () =>
        {
            meter.Received(0);
            answer = await handler(request, context).ConfigureAwait(false);
            meter.Sent(0);
        }).ConfigureAwait(false);
        return answer!;
    };

    /// <summary>Runs a call and counts how it ends.</summary>
    public static async ValueTask RunAsync(CallMeter meter, Func<ValueTask> call)
    {
        long began = meter.Begin(null);
        try
        {
            await call().ConfigureAwait(false);
            meter.End(StatusCode.OK, began);
        }
        catch (Exception failure)
        {
            meter.End(CodeOf(failure), began);
            throw;
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
