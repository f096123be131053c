using System.Threading.Channels;
using Grpc.Core;

namespace Netcd.Client.Connecting;

/// <summary>One lifetime of a stream that is opened again when it ends.</summary>
/// <param name="connection">Where to.</param>
/// <param name="method">The call.</param>
/// <param name="requireLeader">Whether it is to end when its member loses the leader.</param>
/// <param name="stop">Ends the one who runs it.</param>
internal sealed class StreamRun<TRequest, TResponse>(
    EtcdConnection connection, Method<TRequest, TResponse> method, bool requireLeader, CancellationToken stop)
    where TRequest : class
    where TResponse : class
{
    /// <summary>
    /// Opens the stream, and sends and reads until it ends. Where it ended for its token, the next one has another.
    /// </summary>
    /// <param name="outgoing">What is sent.</param>
    /// <param name="handle">Takes an answer; the next one is read when it is done.</param>
    /// <param name="end">Called when the stream has ended: nothing is to be sent any more. It cancels <paramref name="ended"/>.</param>
    /// <param name="ended">Ends the stream.</param>
    /// <returns>Why it ended; null where this side ended it, or the server without an error.</returns>
    public async Task<EtcdException?> RunAsync(
        ChannelReader<TRequest> outgoing, Func<TResponse, ValueTask> handle, Func<EtcdException?> end, CancellationToken ended)
    {
        EtcdException? failure = null;
        CallHeaders? headers = null;
        try
        {
            using EtcdStream<TRequest, TResponse> stream =
                await connection.OpenStreamAsync(method, requireLeader, ended).ConfigureAwait(false);
            headers = stream.Headers;
            Task sending = SendAsync(outgoing, stream, ended);
            try
            {
                while (await stream.ReadAsync().ConfigureAwait(false) is { } response)
                {
                    await handle(response).ConfigureAwait(false);
                }
            }
            finally
            {
                end();
                await sending.ConfigureAwait(false);
            }
        }
        catch (EtcdException thrown)
        {
            failure = thrown;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // By this side, which knows why.
        }

        return await RenewTokenAsync(end() ?? failure, headers).ConfigureAwait(false);
    }

    private static async Task SendAsync(
        ChannelReader<TRequest> outgoing, EtcdStream<TRequest, TResponse> stream, CancellationToken ended)
    {
        try
        {
            await foreach (TRequest request in outgoing.ReadAllAsync(ended).ConfigureAwait(false))
            {
                await stream.WriteAsync(request).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is EtcdException or OperationCanceledException)
        {
            // The reading side ends too, and says why.
        }
    }

    /// <summary>Gives what remains in the way.</summary>
    private async Task<EtcdException?> RenewTokenAsync(EtcdException? failure, CallHeaders? headers)
    {
        if (failure is null || headers is null || !StreamFailures.AsksForLogIn(failure))
        {
            return failure;
        }

        try
        {
            await connection.RenewTokenAsync(headers, stop).ConfigureAwait(false);
            return failure;
        }
        catch (EtcdException refused)
        {
            return refused;
        }
        catch (OperationCanceledException)
        {
            return failure;
        }
    }
}
