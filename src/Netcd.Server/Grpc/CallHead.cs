using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Netcd.Server.Monitoring;

namespace Netcd.Server.Grpc;

/// <summary>What a call's headers say of it.</summary>
/// <param name="ContentType">The content type to answer with: the caller's, subtype included.</param>
/// <param name="TimeoutMilliseconds">How long the caller waits; <see cref="CallTimeout.None"/> where it does not say.</param>
/// <param name="Deadline">The same as a time of <see cref="Environment.TickCount64"/>.</param>
/// <param name="IsGzip">Whether the caller compresses, and so gets compressed answers, each of them, as Go's gRPC server has it.</param>
/// <param name="RequiresLeader">Whether the call is to fail while there is no leader.</param>
/// <param name="Token">What the caller was given when it logged in; null for none.</param>
internal readonly record struct CallHead(
    string ContentType, int TimeoutMilliseconds, long Deadline, bool IsGzip, bool RequiresLeader, string? Token)
{
    /// <summary>Counts the call; set when its method is known.</summary>
    public CallMeter? Meter { get; init; }

    /// <summary>When the call began, as its meter says it.</summary>
    public long Began { get; init; }

    /// <summary>The content type of gRPC, without a subtype.</summary>
    public const string GrpcContentType = "application/grpc";

    /// <summary>The one encoding of messages that is known.</summary>
    public const string Gzip = "gzip";

    /// <summary>Whether the caller gives a time.</summary>
    public bool HasTimeout => TimeoutMilliseconds != CallTimeout.None;

    /// <summary>What is left of the time.</summary>
    public TimeSpan Remaining => TimeSpan.FromMilliseconds(Math.Max(0, Deadline - Environment.TickCount64));

    /// <summary>Begins to count the caller's time, on a stream or a call that may wait long; null where it gives none.</summary>
    /// <param name="gone">Ends it as well.</param>
    public CancellationTokenSource? BeginDeadline(CancellationToken gone)
    {
        if (!HasTimeout)
        {
            return null;
        }

        CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(gone);
        deadline.CancelAfter(Remaining);
        return deadline;
    }

    /// <summary>The content type to answer with; null where the request's is none of gRPC.</summary>
    public static string? AnswerTo(string? contentType)
    {
        if (contentType is null || !contentType.StartsWith(GrpcContentType, StringComparison.Ordinal))
        {
            return null;
        }

        ReadOnlySpan<char> rest = contentType.AsSpan(GrpcContentType.Length);
        return rest switch
        {
            [] or ['+' or ';'] => GrpcContentType,
            ['+', ..] => contentType,
            [';', .. var subtype] => $"{GrpcContentType}+{subtype}",
            _ => null,
        };
    }

    /// <summary>Reads the headers, and refuses what Go's gRPC server refuses before it looks at the method.</summary>
    /// <remarks>Hot path: it allocates nothing for what clients of etcd send.</remarks>
    public static CallRefusal? Read(HttpRequest request, in HeaderScan scan, out CallHead head)
    {
        head = default;
        IHeaderDictionary headers = request.Headers;
        StringValues contentTypes = headers.ContentType;
        if (AnswerTo(contentTypes.Count > 1 ? contentTypes[0] : (string?)contentTypes) is not { } contentType)
        {
            return CallRefusal.OfContentType((string?)contentTypes ?? "");
        }

        int milliseconds = CallTimeout.None;
        if (headers.GrpcTimeout is { Count: > 0 } timeouts && CallTimeout.Read(timeouts[^1] ?? "", out milliseconds) is { } malformed)
        {
            return new CallRefusal(
                StatusCodes.Status400BadRequest, contentType, StatusCode.Internal, "malformed grpc-timeout: " + malformed);
        }

        if (scan.Malformed is { } metadata)
        {
            return new CallRefusal(StatusCodes.Status400BadRequest, contentType, StatusCode.Internal, metadata);
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            string text = $"Received a HEADERS frame with :method \"{request.Method}\" which should be POST";
            return new CallRefusal(StatusCodes.Status405MethodNotAllowed, contentType, StatusCode.Internal, text);
        }

        if (milliseconds == 0)
        {
            return new CallRefusal(StatusCodes.Status200OK, contentType, StatusCode.DeadlineExceeded, "context deadline exceeded");
        }

        long deadline = milliseconds == CallTimeout.None ? long.MaxValue : Environment.TickCount64 + milliseconds;
        head = new CallHead(contentType, milliseconds, deadline, false, headers["hasleader"] == "true", TokenOf(headers));
        return null;
    }

    /// <summary>The token, under the name that clients of etcd use, or under that of HTTP.</summary>
    private static string? TokenOf(IHeaderDictionary headers) => headers["token"] is { Count: > 0 } tokens ? tokens[0]
        : headers.Authorization is { Count: > 0 } credentials ? credentials[0]
        : null;

    /// <summary>Counts that the call has begun.</summary>
    public CallHead Metered(CallMeter meter, IHeaderDictionary headers) =>
        this with { Meter = meter, Began = meter.Begin(headers["client-api-version"]) };

    /// <summary>Counts that the call has ended.</summary>
    public void End(StatusCode code) => Meter?.End(code, Began);

    /// <summary>Reads how messages are encoded; that is refused only where there is such a method.</summary>
    public static CallRefusal? ReadEncoding(HttpRequest request, ref CallHead head)
    {
        StringValues encodings = request.Headers.GrpcEncoding;
        if (encodings.Count == 0 || encodings[^1] is null or "" or "identity")
        {
            return null;
        }

        string encoding = encodings[^1]!;
        head = head with { IsGzip = encoding == Gzip };
        return head.IsGzip ? null : new CallRefusal(
            StatusCodes.Status200OK,
            head.ContentType,
            StatusCode.Unimplemented,
            $"grpc: Decompressor is not installed for grpc-encoding \"{encoding}\"");
    }
}

/// <summary>The answer to a call that is not begun.</summary>
internal sealed record CallRefusal(int HttpStatus, string ContentType, StatusCode Code, string Text)
{
    /// <summary>To a content type that is none of gRPC.</summary>
    public static CallRefusal OfContentType(string contentType) => new(
        StatusCodes.Status415UnsupportedMediaType,
        CallHead.GrpcContentType,
        StatusCode.InvalidArgument,
        $"invalid gRPC request content-type \"{contentType}\"");
}
