using Google.Protobuf;
using Grpc.Core;
using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.Auth;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Services;

/// <summary>Notes in the audit log who has asked for what, and what came of it.</summary>
/// <param name="gate">Knows callers and revisions.</param>
/// <param name="log">The log; null where none is kept.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class AuditTrail(EngineClient gate, AuditLog? log, TimeProvider clock)
{
    /// <summary>Has a call made, and notes it when it is over.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="context">The call's context.</param>
    /// <param name="handler">Makes it.</param>
    /// <remarks>Hot path: without a log it is the call and nothing else.</remarks>
    public ValueTask<TResponse> RunAsync<TRequest, TResponse>(
        Call call, TRequest request, CallContext context, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : IMessage =>
        log is null ? handler(request, context) : RunNotedAsync(call, request, context, handler);

    /// <summary>Has a call made that is answered with a stream, and notes it when it is over.</summary>
    public ValueTask RunStreamAsync(Call call, IMessage request, CallContext context, Func<ValueTask> handler) =>
        log is null ? handler() : RunNotedAsync(call, request, context, handler);

    /// <summary>Notes that a watch was asked for, and whether there is a right to it.</summary>
    public void NoteWatch(WatchRequest request, CallContext context)
    {
        if (log is null || request.CreateRequest is not { } watch)
        {
            return;
        }

        ReadOnlySpan<byte> first = watch.Key.IsEmpty ? [0] : watch.Key.Span;
        bool isKnown = gate.TryIdentify(context.Caller, out AuthIdentity user);
        EtcdError? denial = isKnown ? gate.Node.Auth.CheckRead(user, first, watch.RangeEnd.Span) : EtcdErrors.InvalidAuthToken;
        Note(Calls.Watch, watch, context, isKnown ? user.User : null, null, denial?.ToException());
    }

    private async ValueTask RunNotedAsync(Call call, IMessage request, CallContext context, Func<ValueTask> handler)
    {
        string? caller = UserOf(request, context);
        try
        {
            await handler().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Note(call, request, context, caller, null, failure);
            throw;
        }

        Note(call, request, context, caller, null, null);
    }

    private async ValueTask<TResponse> RunNotedAsync<TRequest, TResponse>(
        Call call, TRequest request, CallContext context, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : IMessage
    {
        string? caller = UserOf(request, context);
        TResponse response;
        try
        {
            response = await handler(request, context).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Note(call, request, context, caller, null, failure);
            throw;
        }

        Note(call, request, context, caller, response, null);
        return response;
    }

    /// <param name="call">The call.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="context">The call's context.</param>
    /// <param name="caller">Who it was when the call came: afterwards its token may be worth nothing, by what it did itself.</param>
    /// <param name="response">The answer; null where it does not matter.</param>
    /// <param name="failure">Why there is none.</param>
    private void Note(Call call, IMessage request, CallContext context, string? caller, object? response, Exception? failure)
    {
        AuthTable table = gate.Node.Auth;
        AuditSubject[] subjects = [.. AuditSubject.Of(request, response as TxnResponse)];
        (StatusCode code, string? error) = Outcome(failure);
        string? user = string.IsNullOrEmpty(caller) ? UserOf(request, context) : caller;
        foreach (AuditSubject subject in subjects)
        {
            log!.Write(new AuditRecord
            {
                Time = clock.GetUtcNow(),
                User = user,
                Address = context.Caller.Connection?.Address,
                CertificateName = context.Caller.Connection?.CommonName,
                Method = call.Path,
                Target = subject.Target,
                Key = subject.Key.Span,
                RangeEnd = subject.RangeEnd.Span,
                Code = code.ToString(),
                Error = error,
                Revision = response is IResponse { Header: { } header } ? header.Revision : gate.Node.Revision,
                AuthRevision = table.Revision,
            });
        }
    }

    /// <summary>Whom the caller claims to be where it logs in, else who it is; null where this member does not know.</summary>
    private string? UserOf(IMessage request, CallContext context) => request is AuthenticateRequest login ? login.Name
        : gate.TryIdentify(context.Caller, out AuthIdentity user) ? user.User
        : null;

    private static (StatusCode Code, string? Text) Outcome(Exception? failure) => failure switch
    {
        null => (StatusCode.OK, null),
        EtcdException { Error: var error } => (error.Code, error.Message),
        RpcException refused => (refused.StatusCode, refused.Status.Detail),
        OperationCanceledException => (StatusCode.Cancelled, null),
        _ => (StatusCode.Unknown, "internal error"),
    };
}
