using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Auth;
using Netcd.Server.EngineAccess;
using Netcd.Server.Monitoring;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>Serves a call whose headers are read.</summary>
internal delegate Task GrpcHandler(HttpContext http, CallHead head);

/// <summary>A method: what serves its calls, and what counts them.</summary>
internal sealed record GrpcMethod(GrpcHandler Serve, CallMeter Meter);

/// <summary>
/// The methods by their paths. The generated code of a service binds those that need no more than to be read and written; the fast paths
/// take their places.
/// </summary>
internal sealed class GrpcMethods(
    LargeAnswers answers, AuditTrail audit, UnaryCalls unary, CallMeters meters, int maxReceiveBytes, ILogger<GrpcMethods> log)
    : ServiceBinderBase
{
    private readonly Dictionary<string, GrpcMethod> handlers = new(StringComparer.Ordinal);
    private readonly HashSet<string> services = new(StringComparer.Ordinal);

    /// <summary>The method at a path, or null.</summary>
    public GrpcMethod? Find(string path) => handlers.GetValueOrDefault(path);

    /// <summary>Why there is none, in the words of Go's gRPC server.</summary>
    public string Explain(string path)
    {
        int end = path.LastIndexOf('/');
        if (end < 1)
        {
            return $"malformed method name: \"{path}\"";
        }

        string service = path[1..end];
        return services.Contains(service) ? $"unknown method {path[(end + 1)..]} for service {service}" : $"unknown service {service}";
    }

    /// <summary>Takes the place of a method that the generated code has bound.</summary>
    public void Add(string path, GrpcHandler handler) => handlers[path] = new GrpcMethod(handler, meters.Of(path));

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        if (!Calls.Has(method.FullName))
        {
            // A method of the contract that netcd does not have: nobody may call it, whoever that is.
            services.Add(method.ServiceName);
            return;
        }

        Know(method);
        RequestParser requests = RequestParser.Of(method.RequestMarshaller);
        Call known = Calls.At(method.FullName);
        Add(method.FullName, (http, head) => RunAsync(method.FullName, http, head, async call =>
        {
            PipeReader input = http.Request.BodyReader;
            Frame frame = await RequestBody.ReadOnlyAsync(input, head, maxReceiveBytes).ConfigureAwait(false);
            TRequest request = (TRequest)frame.Parse(requests, isOfStream: false);
            input.AdvanceTo(frame.End);
            TResponse response = (TResponse)await unary.RunAsync(
                known, (IMessage)request, call.Context(), async (_, _) => (IMessage)await handler!(request, call).ConfigureAwait(false))
                .ConfigureAwait(false);
            await UnaryAnswer.SendAsync(http, head, (IMessage)response, answers, call.CancellationToken).ConfigureAwait(false);
        }));
    }

    /// <summary>Takes the place of a unary method whose answer is encoded without a message.</summary>
    public void AddDirect<TRequest>(
        string path, MessageParser<TRequest> parser, Func<TRequest, CallContext, ValueTask<IDirectAnswer>> handler)
        where TRequest : class, IMessage<TRequest>
    {
        RequestParser<TRequest> requests = new(parser);
        Call known = Calls.At(path);
        Add(path, (http, head) => RunAsync(path, http, head, async call =>
        {
            PipeReader input = http.Request.BodyReader;
            Frame frame = await RequestBody.ReadOnlyAsync(input, head, maxReceiveBytes).ConfigureAwait(false);
            TRequest request = frame.Parse(requests);
            input.AdvanceTo(frame.End);
            IDirectAnswer answer = await unary.RunAsync(known, request, call.Context(), handler).ConfigureAwait(false);
            await UnaryAnswer.SendAsync(http, head, answer, answers, call.CancellationToken).ConfigureAwait(false);
        }));
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        Know(method);
        RequestParser requests = RequestParser.Of(method.RequestMarshaller);
        Call known = Calls.At(method.FullName);
        Add(method.FullName, (http, head) => RunAsync(method.FullName, http, head, async call =>
        {
            IMessage request = await RequestBody.ReadSingleAsync(http.Request.BodyReader, head, maxReceiveBytes, requests)
                .ConfigureAwait(false);
            await audit.RunStreamAsync(
                known, request, call.Context(), () => new ValueTask(handler!((TRequest)request, new Answers<TResponse>(call), call)))
                .ConfigureAwait(false);
        }));
    }

    /// <summary>Streams of requests are served by their fast paths only.</summary>
    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => Know(method);

    private void Know(IMethod method)
    {
        services.Add(method.ServiceName);
        meters.Add(method);
    }

    private async Task RunAsync(string path, HttpContext http, CallHead head, Func<GrpcCall, Task> serve)
    {
        using GrpcCall call = new(http, head, path);
        await CallRunner.RunAsync(http, head, (_, _) => serve(call), log).ConfigureAwait(false);
    }

    private sealed class Answers<T>(GrpcCall call) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(T message) => call.WriteAsync((IMessage)message!).AsTask();
    }
}
