using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Metering;
using Netcd.Engine.Requests;
using Netcd.Server.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StatusCode = Grpc.Core.StatusCode;

namespace Netcd.Server.Tracing;

/// <summary>
/// A span for each call that is sampled, with the stages that it went through as its children, sent to a collector by OTLP. What the
/// collector does not take is dropped: a queue of bounded length stands before it.
/// </summary>
internal sealed class CallTracing : IDisposable
{
    private const string StatusHeader = "grpc-status";

    /// <summary>Headers of a call of the gateway that are gRPC's metadata.</summary>
    private const string ParentAsMetadata = "Grpc-Metadata-Traceparent";
    private const string StateAsMetadata = "Grpc-Metadata-Tracestate";

    /// <summary>gRPC's codes as its contract writes them.</summary>
    private static readonly string[] CodeNames =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// <summary>Spans that wait to be sent, and how many are sent together: those of etcd.</summary>
    private const int MostQueued = 2_048;
    private const int MostSent = 512;
    private const int SendMilliseconds = 5_000;

    /// <summary>How long an answer of the collector is waited for, and at a stop the last spans for it.</summary>
    private const int AnswerMilliseconds = 10_000;
    private const int FarewellMilliseconds = 1_000;

    private readonly ActivitySource source;
    private readonly TracerProvider provider;
    private readonly MonotonicClock clock;

    /// <param name="options">Where spans go.</param>
    /// <param name="clock">The one that the engine's times are of.</param>
    /// <param name="log">Where it logs that they do not arrive.</param>
    public CallTracing(TracingOptions options, MonotonicClock clock, ILogger log)
    {
        this.clock = clock;

        // A source of this server alone, as a process may have several.
        source = new ActivitySource("netcd-" + Guid.NewGuid().ToString("N"));
        OtlpExporterOptions exporter = new()
        {
            Endpoint = options.Collector,
            Protocol = OtlpExportProtocol.Grpc,
            TimeoutMilliseconds = AnswerMilliseconds,
        };
        provider = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddAttributes(Names(options)))
            .SetSampler(new ParentBasedSampler(SamplerOf(options)))
            .AddSource(source.Name)
            .AddProcessor(new BatchActivityExportProcessor(
                new ReportingExporter(exporter, log), MostQueued, SendMilliseconds, AnswerMilliseconds, MostSent))
            .Build();
        log.EnabledTracing(options.Collector.Authority, options.ServiceName, options.InstanceId, options.SamplesPerMillion);
    }

    /// <summary>Serves a call in a span, whose parent is the caller's where it tells one.</summary>
    /// <param name="http">The call.</param>
    /// <param name="service">The service's full name.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="serve">Serves it.</param>
    public async Task ServeAsync(HttpContext http, string service, string method, Func<Task> serve)
    {
        IHeaderDictionary headers = http.Request.Headers;
        using Activity? span = Begin(
            service, method, headers.TraceParent, headers.TraceState, http.Features.Get<IHttpConnectionFeature>());
        await serve().ConfigureAwait(false);
        if (span is not null)
        {
            NoteStatus(span, http);
        }
    }

    /// <summary>Begins the span of a call of the JSON gateway, under its caller's where it tells one: as gRPC's metadata, or as HTTP's
    /// own header, which etcd's gateway does not hand on.</summary>
    /// <param name="transport">The call's features.</param>
    /// <param name="service">The service's full name.</param>
    /// <param name="method">The method's name.</param>
    /// <returns>Null where it is not sampled.</returns>
    public Activity? BeginAtGateway(IFeatureCollection? transport, string service, string method)
    {
        IHeaderDictionary? headers = transport?.Get<IHttpRequestFeature>()?.Headers;
        string? caller = headers?[ParentAsMetadata];
        string? state = headers?[StateAsMetadata];
        return Begin(
            service,
            method,
            string.IsNullOrEmpty(caller) ? headers?.TraceParent : caller,
            string.IsNullOrEmpty(caller) ? headers?.TraceState : state,
            transport?.Get<IHttpConnectionFeature>());
    }

    /// <summary>Notes how a call has ended. As gRPC's instrumentations have it, an answer that is the server's fault makes the span one of
    /// an error.</summary>
    /// <param name="span">The call's; null where there is none.</param>
    /// <param name="code">The call's code.</param>
    public static void NoteStatus(Activity? span, StatusCode code)
    {
        span?.SetTag("rpc.response.status_code", CodeNames.ElementAtOrDefault((int)code) ?? $"{(int)code}");
        if (code is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented or StatusCode.Internal
            or StatusCode.Unavailable or StatusCode.DataLoss)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>Where a request of the present call notes its times; null where the call is not sampled.</summary>
    public RequestTimes? BeginRequest() => Present is null ? null : new RequestTimes();

    /// <summary>A request has come through the log.</summary>
    public void EndRequest(RequestTimes times)
    {
        Add("queue", times.Queued, times.Proposed);
        Add("log", times.Proposed, times.Logged);
        Add("commit", times.Proposed, times.Committed);
        Add("apply", times.Committed, times.Applied);
    }

    /// <summary>When a wait begins; 0 where the call is not sampled.</summary>
    public long BeginWait() => Present is null ? 0 : clock.Now;

    /// <summary>A wait is over.</summary>
    public void EndWait(string name, long began) => Add(name, began, began == 0 ? 0 : clock.Now);

    /// <inheritdoc/>
    public void Dispose()
    {
        provider.Shutdown(FarewellMilliseconds);
        provider.Dispose();
        source.Dispose();
    }

    /// <summary>The present call's span; the web framework's own has another source.</summary>
    private Activity? Present => Activity.Current is { IsAllDataRequested: true } span && span.Source == source ? span : null;

    private static Sampler SamplerOf(TracingOptions options) => options.SamplesPerMillion == 0
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(options.SamplesPerMillion / 1_000_000.0);

    private static Dictionary<string, object> Names(TracingOptions options)
    {
        Dictionary<string, object> names = new(StringComparer.Ordinal) { ["service.name"] = options.ServiceName };
        if (options.InstanceId.Length > 0)
        {
            names["service.instance.id"] = options.InstanceId;
        }

        return names;
    }

    private static void NoteStatus(Activity span, HttpContext http)
    {
        IHeaderDictionary? trailers = http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        string? text = trailers?[StatusHeader] is { Count: > 0 } status ? status[0] : http.Response.Headers[StatusHeader];
        NoteStatus(span, int.TryParse(text, out int number) ? (StatusCode)number : StatusCode.Cancelled);
    }

    private Activity? Begin(string service, string method, string? parent, string? state, IHttpConnectionFeature? connection)
    {
        ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext caller);
        Activity? span = source.StartActivity($"{service}/{method}", ActivityKind.Server, caller);
        span?.SetTag("rpc.system.name", "grpc").SetTag("rpc.method", span.DisplayName);
        if (connection?.LocalIpAddress is { } address)
        {
            span?.SetTag("server.address", address.ToString()).SetTag("server.port", connection.LocalPort);
        }

        return span;
    }

    private void Add(string name, long from, long to)
    {
        if (from == 0 || to < from || Present is not { } call)
        {
            return;
        }

        long now = clock.Now;
        DateTimeOffset present = DateTimeOffset.UtcNow;
        using Activity? stage = source.StartActivity(
            name, ActivityKind.Internal, call.Context, startTime: present - TimeSpan.FromTicks((now - from) / TimeSpan.NanosecondsPerTick));
        stage?.SetEndTime((present - TimeSpan.FromTicks((now - to) / TimeSpan.NanosecondsPerTick)).UtcDateTime);
    }
}
