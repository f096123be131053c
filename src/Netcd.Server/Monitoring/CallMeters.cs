using System.Collections.Concurrent;
using Grpc.Core;
using Netcd.Engine.Metering;

namespace Netcd.Server.Monitoring;

/// <summary>What is counted of the calls of gRPC, method by method. The JSON gateway's calls count as well: in etcd they go through
/// gRPC.</summary>
/// <param name="isTimed">Whether calls' durations are measured: <c>--metrics=extensive</c>.</param>
internal sealed class CallMeters(bool isTimed)
{
    /// <summary>What clients say of their version is theirs to choose: so many versions are told apart, each no longer than that.</summary>
    private const int MaxVersions = 64;
    private const int MaxVersionCharacters = 32;
    private const string Unknown = "unknown";
    private const string Other = "other";

    private readonly ConcurrentDictionary<string, CallMeter> methods = new(StringComparer.Ordinal);
    private readonly LabelledCounters unary = new(MaxVersions, Other);
    private readonly LabelledCounters streams = new(MaxVersions, Other);

    /// <summary>The codes of gRPC as its metrics name them; each at its number.</summary>
    public static IReadOnlyList<string> Codes { get; } =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
        "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss",
        "Unauthenticated",
    ];

    /// <summary>Bytes of requests, without what surrounds messages, and before they were compressed.</summary>
    public Counter ReceivedBytes { get; } = new();

    /// <summary>Bytes of answers, counted alike.</summary>
    public Counter SentBytes { get; } = new();

    /// <summary>All methods that are known.</summary>
    public IEnumerable<CallMeter> Methods => methods.Values;

    /// <summary>Calls by the version that their clients have told.</summary>
    public IEnumerable<(string Type, string Version, Counter Calls)> Clients =>
        [.. unary.All.Select(static one => ("unary", one.Labels[0], one.Counter)),
            .. streams.All.Select(static one => ("stream", one.Labels[0], one.Counter))];

    /// <summary>Makes a method known.</summary>
    public void Add(IMethod method) => methods.GetOrAdd(
        method.FullName, (_, added) => new CallMeter(this, added.ServiceName, added.Name, added.Type, isTimed), method);

    /// <summary>The meter of a method that is known.</summary>
    /// <param name="path">The method's path.</param>
    public CallMeter Of(string path) => methods[path];

    /// <summary>Counts a call by its client's version.</summary>
    public void CountClient(bool isUnary, string? version)
    {
        string told = version switch
        {
            null or "" => Unknown,
            { Length: > MaxVersionCharacters } => Other,
            _ => version,
        };
        (isUnary ? unary : streams).Of(told).Increment();
    }
}
