using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Grpc;

/// <summary>Between gRPC's calls and handlers that know no transport.</summary>
internal static class GrpcCalls
{
    /// <summary>What the handler needs to know of the call.</summary>
    public static CallContext Context(this ServerCallContext call) => call is GrpcCall { Head: var head, Http: var http }
        ? new CallContext(call.CancellationToken, head.RequiresLeader, Caller: head.CallerOf(http))
        : new CallContext(call.CancellationToken);

    /// <summary>Who makes the call.</summary>
    public static Caller CallerOf(this in CallHead head, HttpContext http) => new(head.Token, http.Features);
}
