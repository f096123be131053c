using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Http;

namespace Netcd.Server.Monitoring;

/// <summary>Whether the member is well: <c>/health</c>, and <c>/livez</c> and <c>/readyz</c> with a path for each of their
/// checks.</summary>
internal sealed class HealthEndpoints
{
    private const string Live = "livez";
    private const string Ready = "readyz";
    private const string Succeeded = "success";
    private const string Failed = "error";
    private const string PlainType = "text/plain; charset=utf-8";

    private readonly EngineClient gate;
    private readonly EtcdNode node;
    private readonly ServiceMetrics metrics;
    private readonly ILogger log;

    /// <summary>The pages of a member.</summary>
    public HealthEndpoints(EngineClient gate, ServiceMetrics metrics, ILogger log)
    {
        this.gate = gate;
        this.metrics = metrics;
        this.log = log;
        node = gate.Node;
        Dictionary<string, RequestDelegate> pages = new(StringComparer.Ordinal) { ["/health"] = HealthAsync };
        Add(pages, Live, [new Check("serializable_read", CheckSerializableAsync)]);
        Add(pages, Ready,
        [
            new Check("data_corruption", CheckCorruptionAsync), new Check("serializable_read", CheckSerializableAsync),
            new Check("linearizable_read", CheckLinearizableAsync), new Check("non_learner", CheckLearnerAsync),
        ]);
        Pages = pages;
    }

    /// <summary>What serves each path.</summary>
    public IReadOnlyDictionary<string, RequestDelegate> Pages { get; }

    /// <summary>Only GET: etcd refuses even HEAD.</summary>
    public static Task? RefuseMethod(HttpContext http)
    {
        if (http.Request.Method == HttpMethods.Get)
        {
            return null;
        }

        http.Response.Headers.Allow = "GET";
        return PlainText.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
    }

    private void Add(Dictionary<string, RequestDelegate> pages, string type, Check[] checks)
    {
        pages.Add("/" + type, http => RefuseMethod(http) ?? AnswerAsync(http, type, Chosen(http, checks)));
        foreach (Check check in checks)
        {
            pages.Add($"/{type}/{check.Name}", http => RefuseMethod(http) ?? AnswerAsync(http, type, [check]));
        }
    }

    /// <summary>The checks that the caller has not excluded; a name that is none is passed over, for it may be one of a later
    /// version.</summary>
    private IEnumerable<Check> Chosen(HttpContext http, Check[] checks)
    {
        HashSet<string> excluded = ExcludedBy(http);
        string[] unknown = [.. excluded.Where(name => checks.All(check => check.Name != name)).Order(StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            log.UnknownChecks(unknown);
        }

        return checks.Where(check => !excluded.Contains(check.Name));
    }

    private static HashSet<string> ExcludedBy(HttpContext http) =>
        [.. http.Request.Query["exclude"].Where(static name => !string.IsNullOrEmpty(name)).Select(static name => name!)];

    private async Task AnswerAsync(HttpContext http, string type, IEnumerable<Check> checks)
    {
        StringBuilder report = new();
        bool isWell = true;
        foreach (Check check in checks)
        {
            string? fault = await check.FindFaultAsync(http.RequestAborted).ConfigureAwait(false);
            Count(type, check.Name, fault is null);
            isWell &= fault is null;
            report.Append(fault is null ? $"[+]{check.Name} ok\n" : $"[-]{check.Name} failed: {fault}\n");
        }

        if (!isWell)
        {
            log.FailedHealthCheck("/" + type, report.ToString(), StatusCodes.Status503ServiceUnavailable);
            await PlainText.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, report.ToString()).ConfigureAwait(false);
            return;
        }

        string told = http.Request.Query.ContainsKey("verbose") ? report.ToString() : "";
        await PlainText.WriteAsync(http, StatusCodes.Status200OK, told + "ok").ConfigureAwait(false);
    }

    private void Count(string type, string name, bool isWell)
    {
        metrics.Checks.Of(name, isWell ? Succeeded : Failed, type).Increment();
        metrics.LastChecks.Of(name, type).Set(isWell ? 1 : 0);
    }

    private ValueTask<string?> CheckCorruptionAsync(CancellationToken cancellation) => ValueTask.FromResult(
        node.Alarms.Alarms.Any(static alarm => alarm.Alarm == AlarmType.Corrupt) ? "alarm activated: CORRUPT" : null);

    private ValueTask<string?> CheckLearnerAsync(CancellationToken cancellation) =>
        ValueTask.FromResult(node.IsLearner ? "not supported for learner" : null);

    private ValueTask<string?> CheckSerializableAsync(CancellationToken cancellation) => ReadAsync(isSerializable: true, cancellation);

    private ValueTask<string?> CheckLinearizableAsync(CancellationToken cancellation) => ReadAsync(isSerializable: false, cancellation);

    /// <summary>Why a read fails; null where it does not.</summary>
    private async ValueTask<string?> ReadAsync(bool isSerializable, CancellationToken cancellation)
    {
        try
        {
            if (!isSerializable)
            {
                await gate.ConfirmReadAsync(new CallContext(cancellation)).ConfigureAwait(false);
            }

            using ReadHandle handle = node.Reads.Acquire();
            handle.Range(new RangeRequest { Key = OneByte, Limit = 1, KeysOnly = true }, cancellation);
            return null;
        }
        catch (EtcdException failure)
        {
            return failure.Message;
        }
    }

    private static Google.Protobuf.ByteString OneByte { get; } = Google.Protobuf.ByteString.CopyFrom(0);

    private async Task HealthAsync(HttpContext http)
    {
        if (RefuseMethod(http) is { } refused)
        {
            await refused.ConfigureAwait(false);
            return;
        }

        string reason = await FindReasonAsync(http).ConfigureAwait(false);
        if (reason.Length > 0)
        {
            metrics.Unhealthy.Increment();
            JsonEncodedText encoded = JsonEncodedText.Encode(reason, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            string failure = $$"""{"health":"false","reason":"{{encoded}}"}""";
            log.FailedHealth(failure, StatusCodes.Status503ServiceUnavailable);
            await PlainText.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, failure).ConfigureAwait(false);
            return;
        }

        // etcd says nothing of the type here, and Go finds plain text.
        const string Healthy = """{"health":"true","reason":""}""";
        metrics.Healthy.Increment();
        http.Response.ContentType = PlainType;
        http.Response.ContentLength = Healthy.Length;
        await http.Response.WriteAsync(Healthy).ConfigureAwait(false);
    }

    /// <summary>Why the member is not healthy, or nothing: an alarm that is not excluded, no leader, a read that fails.</summary>
    private async ValueTask<string> FindReasonAsync(HttpContext http)
    {
        HashSet<string> excluded = ExcludedBy(http);
        foreach (AlarmMember alarm in node.Alarms.Alarms)
        {
            string name = alarm.Alarm == AlarmType.Nospace ? "NOSPACE" : "CORRUPT";
            if (!excluded.Contains(name))
            {
                return "ALARM " + name;
            }
        }

        bool isSerializable = http.Request.Query["serializable"] is [var first, ..] && first == "true";
        if (!isSerializable && node.Position.LeaderId == 0)
        {
            return "RAFT NO LEADER";
        }

        return await ReadAsync(isSerializable, http.RequestAborted).ConfigureAwait(false) is { } fault ? "RANGE ERROR:" + fault : "";
    }

    /// <summary>One thing that is looked at.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="FindFaultAsync">Says what is wrong; null where nothing is.</param>
    private sealed record Check(string Name, Func<CancellationToken, ValueTask<string?>> FindFaultAsync);
}
