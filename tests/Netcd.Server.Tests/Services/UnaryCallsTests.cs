using System.Threading.Tasks.Sources;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.V3;
using Netcd.Server.Configuration;
using Netcd.Server.EngineAccess;
using Netcd.Server.Services;

namespace Netcd.Server.Tests.Services;

/// <summary>To look how long calls take costs them no memory, whether they are answered at once or later.</summary>
public sealed class UnaryCallsTests
{
    private const int Calls = 10_000;
    private static readonly PutRequest Request = new();
    private static readonly PutResponse Response = new();

    [Fact]
    public void A_call_that_is_not_slow_costs_no_memory()
    {
        using StringWriter lines = new();
        using ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Information), LogFormat.Json, lines);
        UnaryCalls calls = new(new AuditTrail(null!, null, TimeProvider.System), TimeSpan.FromHours(1), TimeProvider.System,
            logging.CreateLogger("netcd"));
        Answer later = new();
        Func<PutRequest, CallContext, ValueTask<PutResponse>> atOnce = static (_, _) => new ValueTask<PutResponse>(Response);
        Func<PutRequest, CallContext, ValueTask<PutResponse>> waiting = (_, _) => later.Begin();
        RunMany(calls, atOnce, null);
        RunMany(calls, waiting, later);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RunMany(calls, atOnce, null);
        RunMany(calls, waiting, later);

        // The runtime itself may need some while it compiles anew what runs often.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Calls / 4);
        Assert.Equal("", lines.ToString());
    }

    [Fact]
    public async Task A_call_is_logged_also_where_it_fails_before_or_while_it_waits()
    {
        StringWriter lines = new();
        using (ILoggerFactory logging = LogOutput.Create(new LogLevelSwitch(LogLevel.Warning), LogFormat.Json, lines))
        {
            UnaryCalls calls = new(new AuditTrail(null!, null, TimeProvider.System), TimeSpan.FromTicks(-1), TimeProvider.System,
                logging.CreateLogger("netcd"));
            await Assert.ThrowsAsync<FormatException>(async () => await calls.RunAsync<PutRequest, PutResponse>(
                Engine.Auth.Calls.Put, Request, default, static (_, _) => throw new FormatException()));
            await Assert.ThrowsAsync<FormatException>(async () => await calls.RunAsync<PutRequest, PutResponse>(
                Engine.Auth.Calls.Put, Request, default, static async (_, _) =>
                {
                    await Task.Yield();
                    throw new FormatException();
                }));
        }

        string[] told = lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, told.Length);
        Assert.All(told, static line => Assert.EndsWith(
            "\"remote\":\"No remote client info.\",\"response type\":\"/etcdserverpb.KV/Put\",\"request count\":1,\"request size\":0,"
                + "\"response count\":0,\"response size\":0,\"request content\":\"\"}",
            line.Trim(),
            StringComparison.Ordinal));
    }

    private static void RunMany(
        UnaryCalls calls, Func<PutRequest, CallContext, ValueTask<PutResponse>> handler, Answer? answer)
    {
        for (int n = 0; n < Calls; n++)
        {
            ValueTask<PutResponse> running = calls.RunAsync(Engine.Auth.Calls.Put, Request, default, handler);
            answer?.End();
            Assert.Same(Response, running.IsCompletedSuccessfully ? running.Result : null);
        }
    }

    /// <summary>An answer that comes later, again and again.</summary>
    private sealed class Answer : IValueTaskSource<PutResponse>
    {
        private ManualResetValueTaskSourceCore<PutResponse> core;

        public ValueTask<PutResponse> Begin()
        {
            core.Reset();
            return new ValueTask<PutResponse>(this, core.Version);
        }

        public void End() => core.SetResult(Response);

        public PutResponse GetResult(short token) => core.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            core.OnCompleted(continuation, state, token, flags);
    }
}
