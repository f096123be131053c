using Grpc.Core;
using Netcd.Protocol.Errors;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Grpc;

/// <summary>Between gRPC's calls and handlers that know no transport.</summary>
internal static class GrpcCalls
{
    /// <summary>What the handler needs to know of the call.</summary>
    public static CallContext Context(this ServerCallContext call) =>
        new(call.CancellationToken, call is GrpcCall { Head.RequiresLeader: true });

    /// <summary>Runs a handler; the catalogue's errors become statuses.</summary>
    public static async Task<TResponse> RunAsync<TResponse>(ValueTask<TResponse> handler)
    {
        try
        {
            return await handler.ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            throw ToRpcException(failure.Error);
        }
    }

    /// <summary>Runs a handler without a response of its own.</summary>
    public static async Task RunAsync(ValueTask handler)
    {
        try
        {
            await handler.ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            throw ToRpcException(failure.Error);
        }
    }

    private static RpcException ToRpcException(EtcdError error) => new(new Status(error.Code, error.Message));
}
