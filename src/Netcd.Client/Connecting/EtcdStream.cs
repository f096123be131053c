using Grpc.Core;

namespace Netcd.Client.Connecting;

/// <summary>
/// A stream in both directions at one member. One task writes and one reads at a time. Every failure is an <see cref="EtcdException"/>, or
/// the cancellation that was asked for.
/// </summary>
internal sealed class EtcdStream<TRequest, TResponse>(
    EtcdConnection connection,
    Endpoint endpoint,
    CallHeaders headers,
    AsyncDuplexStreamingCall<TRequest, TResponse> call,
    CancellationToken cancel) : IDisposable
    where TRequest : class
    where TResponse : class
{
    /// <summary>What it was opened with; see <see cref="EtcdConnection.RenewTokenAsync(CallHeaders, CancellationToken)"/>.</summary>
    public CallHeaders Headers => headers;

    public async Task WriteAsync(TRequest request)
    {
        try
        {
            await call.RequestStream.WriteAsync(request, cancel).ConfigureAwait(false);
        }
        catch (RpcException thrown)
        {
            throw Translate(thrown);
        }
        catch (InvalidOperationException thrown)
        {
            // The call is over; its status says why.
            throw Translate(new RpcException(call.GetStatus(), thrown.Message));
        }
        catch (Exception thrown) when (thrown is IOException or HttpRequestException)
        {
            // The connection breaks while it is being written to: then Grpc.Net.Client gives what the transport threw.
            throw Translate(new RpcException(new Status(StatusCode.Unavailable, thrown.Message, thrown)));
        }
    }

    /// <summary>The next answer, or null where the server has ended the stream without an error.</summary>
    public async Task<TResponse?> ReadAsync()
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancel).ConfigureAwait(false) ? call.ResponseStream.Current : null;
        }
        catch (RpcException thrown)
        {
            throw Translate(thrown);
        }
    }

    /// <summary>Says that nothing more will be written.</summary>
    public async Task CompleteAsync()
    {
        try
        {
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (RpcException thrown)
        {
            throw Translate(thrown);
        }
    }

    /// <summary>Breaks it off.</summary>
    public void Dispose() => call.Dispose();

    private Exception Translate(RpcException thrown)
    {
        if (cancel.IsCancellationRequested)
        {
            return new OperationCanceledException(cancel);
        }

        Failure failure = new(thrown);
        connection.Note(failure, endpoint);
        return failure.ToException(isWrite: false, endpoint);
    }
}
