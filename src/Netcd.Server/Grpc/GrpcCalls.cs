using Grpc.Core;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Grpc;

/// <summary>Between gRPC's calls and handlers that know no transport.</summary>
internal static class GrpcCalls
{
    /// <summary>What the handler needs to know of the call.</summary>
    public static CallContext Context(this ServerCallContext call) =>
        new(call.CancellationToken, call is GrpcCall { Head.RequiresLeader: true });
}
