using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Client.Telemetry;
using Netcd.Protocol.Errors;

namespace Netcd.Client.Connecting;

/// <summary>
/// Calls to a cluster: which member is asked, with which token, how often, and what a failure means. Nothing of gRPC's gets out of it but
/// the messages.
/// </summary>
internal sealed class EtcdConnection : IAsyncDisposable
{
    private readonly Tokens tokens;
    private readonly EndpointProbes probes;
    private readonly ILogger log;
    private int isDisposed;

    public EtcdConnection(EtcdClientOptions options)
    {
        Options = options;
        log = options.LoggerFactory?.CreateLogger("Netcd.Client") ?? NullLogger.Instance;
        Endpoints = new EndpointSet(options);
        tokens = new Tokens(options, log);
        probes = new EndpointProbes(log);
    }

    public EtcdClientOptions Options { get; }

    public EndpointSet Endpoints { get; }

    /// <summary>A call that changes nothing. It is tried again, on other members, until one gives an answer or the time is over.</summary>
    /// <param name="method">The call.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="timeout">The time for all attempts, or null for that of the options.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">It failed.</exception>
    public Task<TResponse> ReadAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, TimeSpan? timeout, CancellationToken cancel)
        where TRequest : class
        where TResponse : class => CallAsync(method, request, isWrite: false, null, timeout, cancel);

    /// <summary>A call that changes something. It is tried again only where it has certainly not been carried out.</summary>
    /// <param name="method">The call.</param>
    /// <param name="request">What is to change.</param>
    /// <param name="timeout">The time for all attempts, or null for that of the options.</param>
    /// <param name="cancel">Gives up; nobody knows then whether it was carried out.</param>
    /// <exception cref="AmbiguousOutcomeException">Nobody knows whether it was carried out.</exception>
    /// <exception cref="EtcdException">It failed, and nothing has changed.</exception>
    public Task<TResponse> WriteAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, TimeSpan? timeout, CancellationToken cancel)
        where TRequest : class
        where TResponse : class => CallAsync(method, request, isWrite: true, null, timeout, cancel);

    /// <summary>A call to one member, whether or not it is among those that are called in turn. It is not tried again.</summary>
    /// <param name="address">The member's endpoint.</param>
    /// <param name="method">The call.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="isWrite">Whether it changes something.</param>
    /// <param name="timeout">Its time, or null for that of the options.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="EtcdException">It failed.</exception>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(
        string address,
        Method<TRequest, TResponse> method,
        TRequest request,
        bool isWrite,
        TimeSpan? timeout,
        CancellationToken cancel)
        where TRequest : class
        where TResponse : class
    {
        using EndpointLoan loan = Endpoints.Borrow(address);
        return await CallAsync(method, request, isWrite, loan.Endpoint, timeout, cancel).ConfigureAwait(false);
    }

    /// <summary>Opens a stream in both directions at a member. It ends with that member's connection.</summary>
    /// <param name="method">The call.</param>
    /// <param name="requireLeader">Whether it is to end when its member loses the leader.</param>
    /// <param name="cancel">Breaks the stream off, also after it was opened.</param>
    /// <exception cref="EtcdException">There is no token to be had.</exception>
    public async Task<EtcdStream<TRequest, TResponse>> OpenStreamAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, bool requireLeader, CancellationToken cancel)
        where TRequest : class
        where TResponse : class
    {
        Endpoint endpoint = Endpoints.Next();
        CallHeaders headers = tokens.Current ?? await LogInAsync(endpoint, null, null, cancel).ConfigureAwait(false);
        CallOptions call = new(requireLeader ? headers.WithLeader : headers.Ordinary, null, cancel);
        AsyncDuplexStreamingCall<TRequest, TResponse> opened = endpoint.Invoker.AsyncDuplexStreamingCall(method, null, call);
        return new EtcdStream<TRequest, TResponse>(this, endpoint, headers, opened, cancel);
    }

    /// <summary>Opens a stream of answers.</summary>
    /// <param name="method">The call.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="only">The member to ask, or null for whose turn it is.</param>
    /// <param name="deadline">Until when it is to have ended, or null; see <see cref="DeadlineOf"/>.</param>
    /// <param name="cancel">Breaks the stream off, also after it was opened.</param>
    /// <exception cref="EtcdException">There is no token to be had.</exception>
    public async Task<EtcdReadStream<TResponse>> OpenReadStreamAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, Endpoint? only, DateTime? deadline, CancellationToken cancel)
        where TRequest : class
        where TResponse : class
    {
        Endpoint endpoint = only ?? Endpoints.Next();
        CallHeaders headers = tokens.Current ?? await LogInAsync(endpoint, null, deadline, cancel).ConfigureAwait(false);
        CallOptions call = new(headers.Ordinary, deadline, cancel);
        AsyncServerStreamingCall<TResponse> opened = endpoint.Invoker.AsyncServerStreamingCall(method, null, call, request);
        return new EtcdReadStream<TResponse>(this, endpoint, headers, opened, cancel);
    }

    /// <summary>Gets another token than that of a stream which was refused for it. Does nothing where there is no other to be
    /// had.</summary>
    /// <exception cref="EtcdException">The log-in failed.</exception>
    public Task RenewTokenAsync(CallHeaders stale, CancellationToken cancel) =>
        RenewTokenAsync(Endpoints.Next(), stale, DeadlineOf(null), cancel);

    /// <summary>When a call is to have ended that begins now.</summary>
    /// <param name="timeout">Its time, or null for that of the options.</param>
    public DateTime? DeadlineOf(TimeSpan? timeout)
    {
        TimeSpan time = timeout ?? Options.CallTimeout;
        return time == Timeout.InfiniteTimeSpan ? null : DateTime.UtcNow + time;
    }

    /// <summary>The pause before something is tried again.</summary>
    /// <param name="attempt">How often it has failed.</param>
    public TimeSpan PauseBefore(int attempt) => Backoff.Before(Options, attempt, Endpoints.All.Count);

    /// <summary>Notes what a failure says about the member that was called.</summary>
    public void Note(Failure failure, Endpoint endpoint)
    {
        if (failure.IsOfMember && endpoint.Suspect())
        {
            log.EndpointFailed(endpoint.Address.Text, failure.Text);
            probes.Watch(endpoint);
        }
    }

    /// <summary>Calls other members from now on.</summary>
    public void ChangeEndpoints(IReadOnlyList<string> addresses)
    {
        Endpoints.Replace(addresses);
        if (log.IsEnabled(LogLevel.Information))
        {
            log.ChangedEndpoints(string.Join(", ", addresses));
        }
    }

    /// <summary>Notes that a stream has ended that is opened again.</summary>
    /// <param name="operation">Its call.</param>
    /// <param name="failure">Why; null where the server has ended it without an error.</param>
    public void StreamLost(string operation, EtcdException? failure)
    {
        ClientTelemetry.StreamLost(operation);
        log.StreamLost(operation, failure?.Message ?? "the server has ended it");
    }

    /// <summary>Notes that a lease has ended that was renewed.</summary>
    public void LeaseLost(long id, string reason)
    {
        ClientTelemetry.LeaseLost();
        log.LeaseLost($"{id:x16}", reason);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0)
        {
            return;
        }

        await probes.DisposeAsync().ConfigureAwait(false);
        Endpoints.Dispose();
        tokens.Dispose();
    }

    // The hot path: what it adds to a bare call is this method's state, once.
    private async Task<TResponse> CallAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, bool isWrite, Endpoint? only, TimeSpan? timeout, CancellationToken cancel)
        where TRequest : class
        where TResponse : class
    {
        CallInSight seen = ClientTelemetry.Begin(method.Name);
        Attempts attempts = default;
        DateTime? deadline = DeadlineOf(timeout);
        Endpoint endpoint = only ?? Endpoints.Next();
        try
        {
            while (true)
            {
                CallHeaders? headers = null;
                try
                {
                    headers = tokens.Other(attempts.Stale)
                        ?? await tokens.LogInAsync(endpoint, attempts.Stale, deadline, cancel).ConfigureAwait(false);
                    CallOptions options = new(headers.Ordinary, deadline, cancel);
                    TResponse answer = await endpoint.Invoker.AsyncUnaryCall(method, null, options, request)
                        .ResponseAsync.ConfigureAwait(false);
                    seen.Succeed(endpoint.Address.Channel);
                    return answer;
                }
                catch (RpcException thrown)
                {
                    cancel.ThrowIfCancellationRequested();
                    // A log-in that failed has done nothing, whatever the call is.
                    attempts = AfterFailure(attempts, new Failure(thrown), endpoint, headers, isWrite && headers is not null, only is null);
                }

                await PauseAsync(attempts, method.Name, endpoint, deadline, cancel).ConfigureAwait(false);
                endpoint = only ?? Endpoints.Next(attempts.FailedAt);
            }
        }
        catch (Exception failure)
        {
            seen.Fail(endpoint.Address.Channel, failure);
            throw;
        }
    }

    /// <summary>What is known after another attempt that failed.</summary>
    /// <exception cref="EtcdException">That was the last one.</exception>
    private Attempts AfterFailure(
        Attempts before, Failure failure, Endpoint endpoint, CallHeaders? headers, bool isWrite, bool canGoElsewhere)
    {
        Note(failure, endpoint);
        if (failure.AsksForLogIn && headers is not null && before.Stale is null
            && (tokens.CanRenew || failure.Is(EtcdErrors.AuthOldRevision)))
        {
            return before with { Stale = headers, Last = failure };
        }

        bool mayRetry = canGoElsewhere && (isWrite ? failure.IsUnsent : failure.IsRetriableForReads);
        return mayRetry && before.Count < Options.MaxRetries
            ? before with { Count = before.Count + 1, FailedAt = endpoint, Last = failure }
            : throw failure.ToException(isWrite, endpoint);
    }

    private async ValueTask PauseAsync(
        Attempts attempts, string operation, Endpoint endpoint, DateTime? deadline, CancellationToken cancel)
    {
        TimeSpan pause = attempts.FailedAt is null ? TimeSpan.Zero : PauseBefore(attempts.Count);
        if (DateTime.UtcNow + pause >= deadline)
        {
            // Whatever is tried again has not been carried out.
            throw attempts.Last.ToException(isWrite: false, endpoint);
        }

        ClientTelemetry.Retried(operation);
        log.TryingAgain(operation, endpoint.Address.Text, attempts.Count, attempts.Last.Text);
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, cancel).ConfigureAwait(false);
        }
    }

    private Task RenewTokenAsync(Endpoint endpoint, CallHeaders stale, DateTime? deadline, CancellationToken cancel) =>
        tokens.CanRenew ? LogInAsync(endpoint, stale, deadline, cancel) : Task.CompletedTask;

    private async Task<CallHeaders> LogInAsync(Endpoint endpoint, CallHeaders? stale, DateTime? deadline, CancellationToken cancel)
    {
        try
        {
            return await tokens.LogInAsync(endpoint, stale, deadline, cancel).ConfigureAwait(false);
        }
        catch (RpcException thrown)
        {
            cancel.ThrowIfCancellationRequested();
            Note(new Failure(thrown), endpoint);
            throw new Failure(thrown).ToException(isWrite: false, endpoint);
        }
    }

    /// <summary>What the attempts so far have come to.</summary>
    /// <param name="Count">How many have failed, but for their token.</param>
    /// <param name="FailedAt">Where the last of them failed.</param>
    /// <param name="Stale">The token that one of them failed for, or null.</param>
    /// <param name="Last">The last failure.</param>
    private readonly record struct Attempts(int Count, Endpoint? FailedAt, CallHeaders? Stale, Failure Last);
}
