using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Netcd.Protocol.Health;
using Netcd.Protocol.V3;

namespace Netcd.Server.Grpc;

/// <summary>Answers gRPC calls that no service takes, with the code and in the words of Go's gRPC server.</summary>
internal static class UnknownCalls
{
    private static readonly string[] Services =
    [
        KV.Descriptor.FullName, Cluster.Descriptor.FullName, Maintenance.Descriptor.FullName, Health.Descriptor.FullName,
        Protocol.V3.Watch.Descriptor.FullName,
    ];

    /// <summary>Answers a call that routing has found no endpoint for.</summary>
    public static Task AnswerAsync(HttpContext http)
    {
        LeanCalls.Begin(http);
        LeanCalls.Finish(http, StatusCode.Unimplemented, Explain(http.Request.Path.Value ?? ""));
        return Task.CompletedTask;
    }

    private static string Explain(string path)
    {
        int end = path.LastIndexOf('/');
        if (end < 1)
        {
            return $"malformed method name: \"{path}\"";
        }

        string service = path[1..end];
        return Services.Contains(service, StringComparer.Ordinal)
            ? $"unknown method {path[(end + 1)..]} for service {service}"
            : $"unknown service {service}";
    }
}
