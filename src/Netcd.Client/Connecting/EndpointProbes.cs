using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Netcd.Client.Telemetry;
using Netcd.Protocol.Health;

namespace Netcd.Client.Connecting;

/// <summary>Asks members under suspicion for a sign of life, so that no caller's call has to find out whether they are back.</summary>
internal sealed class EndpointProbes(ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    private static readonly Method<HealthCheckRequest, HealthCheckResponse> Check =
        Messages.Unary<HealthCheckRequest, HealthCheckResponse>("grpc.health.v1.Health", "Check", HealthCheckResponse.Parser);

    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<Endpoint, Task> running = new();

    /// <summary>Asks a member until it answers.</summary>
    public void Watch(Endpoint endpoint)
    {
        if (!stop.IsCancellationRequested)
        {
            running[endpoint] = AskAsync(endpoint);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running.Values).ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task AskAsync(Endpoint endpoint)
    {
        for (TimeSpan pause = FirstPause; !stop.IsCancellationRequested && !endpoint.IsRetired; pause = Longer(pause))
        {
            await Task.Delay(pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (await IsAliveAsync(endpoint).ConfigureAwait(false))
            {
                log.EndpointAnswers(endpoint.Address.Text);
                break;
            }
        }

        running.TryRemove(endpoint, out _);
        endpoint.Trust();
    }

    private async Task<bool> IsAliveAsync(Endpoint endpoint)
    {
        try
        {
            CallOptions options = new(null, DateTime.UtcNow + AnswerTime, stop.Token);
            using AsyncUnaryCall<HealthCheckResponse> call =
                endpoint.Invoker.AsyncUnaryCall(Check, null, options, new HealthCheckRequest());
            HealthCheckResponse answer = await call.ResponseAsync.ConfigureAwait(false);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (RpcException thrown)
        {
            // A server that does not know the call is there all the same.
            return new Failure(thrown).IsAnswer;
        }
        catch (ObjectDisposedException)
        {
            // It was borrowed for one call, which is over.
            return true;
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;
}
