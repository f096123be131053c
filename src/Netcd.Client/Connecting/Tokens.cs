using Grpc.Core;
using Microsoft.Extensions.Logging;
using Netcd.Client.Telemetry;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Metadata = Grpc.Core.Metadata;

namespace Netcd.Client.Connecting;

/// <summary>Who we are, as the headers of calls say it.</summary>
internal sealed class Tokens : IDisposable
{
    private const string TokenHeader = "token";
    private const string LeaderHeader = "hasleader";

    private static readonly Method<AuthenticateRequest, AuthenticateResponse> Authenticate =
        Messages.Unary<AuthenticateRequest, AuthenticateResponse>("etcdserverpb.Auth", "Authenticate", AuthenticateResponse.Parser);

    private readonly EtcdClientOptions options;
    private readonly ILogger log;
    private readonly WatchedFile? tokenFile;
    private readonly SemaphoreSlim logIn = new(1, 1);
    private volatile CallHeaders? current;

    public Tokens(EtcdClientOptions options, ILogger log)
    {
        this.options = options;
        this.log = log;
        tokenFile = options.TokenFile is { } path ? new WatchedFile(path) : null;
        if (options.UserName is null && tokenFile is null)
        {
            current = HeadersFor(options.Token);
        }
    }

    /// <summary>Whether another token than the present one can be had.</summary>
    public bool CanRenew => options.UserName is not null || tokenFile is not null;

    /// <summary>The headers of calls, where they are at hand; else <see cref="LogInAsync"/> gets them.</summary>
    public CallHeaders? Current => tokenFile is null || !tokenFile.HasChanged ? current : null;

    /// <summary>The headers that are at hand, but not those with a token that was refused if another can be had.</summary>
    public CallHeaders? Other(CallHeaders? stale)
    {
        CallHeaders? present = Current;
        return present == stale && CanRenew ? null : present;
    }

    /// <summary>Gets a token that is not the stale one: whoever comes first logs in for all.</summary>
    public async Task<CallHeaders> LogInAsync(Endpoint endpoint, CallHeaders? stale, DateTime? deadline, CancellationToken cancel)
    {
        await logIn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (Other(stale) is { } present)
            {
                return present;
            }

            string? token = tokenFile is { } file
                ? await ReadAsync("token", options.TokenFile!, file.ReadAsync(cancel)).ConfigureAwait(false)
                : await AskAsync(endpoint, deadline, cancel).ConfigureAwait(false);
            log.GotToken(endpoint.Address.Text);
            return current = HeadersFor(token);
        }
        finally
        {
            logIn.Release();
        }
    }

    public void Dispose() => logIn.Dispose();

    private async Task<string?> AskAsync(Endpoint endpoint, DateTime? deadline, CancellationToken cancel)
    {
        AuthenticateRequest request = new() { Name = options.UserName, Password = await PasswordAsync(cancel).ConfigureAwait(false) };
        try
        {
            using AsyncUnaryCall<AuthenticateResponse> call =
                endpoint.Invoker.AsyncUnaryCall(Authenticate, null, new CallOptions(null, deadline, cancel), request);
            return (await call.ResponseAsync.ConfigureAwait(false)).Token;
        }
        catch (RpcException failure) when (new Failure(failure).Is(EtcdErrors.AuthNotEnabled))
        {
            // Anybody may do anything; a user is not needed yet.
            return null;
        }
    }

    private async Task<string> PasswordAsync(CancellationToken cancel) => options.PasswordFile is { } path
        ? await ReadAsync("password", path, File.ReadAllTextAsync(path, cancel)).ConfigureAwait(false)
        : options.Password!;

    /// <summary>A file's text without the end of its line.</summary>
    private static async Task<string> ReadAsync(string what, string path, Task<string> text)
    {
        try
        {
            return (await text.ConfigureAwait(false)).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EtcdAuthenticationException(
                EtcdStatusCode.Unauthenticated, $"the {what} file {path} cannot be read: {error.Message}", error);
        }
    }

    private CallHeaders HeadersFor(string? token)
    {
        Metadata? ordinary = null;
        Metadata withLeader = new() { { LeaderHeader, "true" } };
        if (token is not null)
        {
            ordinary = new Metadata { { TokenHeader, token } };
            withLeader.Add(TokenHeader, token);
        }

        return new CallHeaders(options.RequireLeader ? withLeader : ordinary, withLeader);
    }
}

/// <summary>The headers of calls with one token. They are shared, and never changed.</summary>
/// <param name="Ordinary">Of ordinary calls.</param>
/// <param name="WithLeader">Of calls that are to fail at a member without a leader.</param>
internal sealed record CallHeaders(Metadata? Ordinary, Metadata WithLeader);
