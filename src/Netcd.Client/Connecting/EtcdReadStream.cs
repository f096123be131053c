using Grpc.Core;

namespace Netcd.Client.Connecting;

/// <summary>A stream of answers to one request, of one member. Every failure is an <see cref="EtcdException"/>, or the cancellation that
/// was asked for.</summary>
internal sealed class EtcdReadStream<TResponse>(
    EtcdConnection connection,
    Endpoint endpoint,
    CallHeaders headers,
    AsyncServerStreamingCall<TResponse> call,
    CancellationToken cancel) : IDisposable
    where TResponse : class
{
    /// <summary>What it was opened with; see <see cref="EtcdConnection.RenewTokenAsync(CallHeaders, CancellationToken)"/>.</summary>
    public CallHeaders Headers => headers;

    /// <summary>The next answer, or null at the end.</summary>
    public async Task<TResponse?> ReadAsync()
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancel).ConfigureAwait(false) ? call.ResponseStream.Current : null;
        }
        catch (RpcException thrown)
        {
            cancel.ThrowIfCancellationRequested();
            Failure failure = new(thrown);
            connection.Note(failure, endpoint);
            throw failure.ToException(isWrite: false, endpoint);
        }
    }

    /// <summary>Breaks it off.</summary>
    public void Dispose() => call.Dispose();
}
