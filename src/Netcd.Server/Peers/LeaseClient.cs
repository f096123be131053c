using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Netcd.Protocol.Errors;
using Netcd.Protocol.Leasepb;
using Netcd.Protocol.V3;

namespace Netcd.Server.Peers;

/// <summary>
/// Asks the leader about leases, on its peer port. An answer that is none (the leader is not reached, or no longer leads) is reported as
/// <see cref="EtcdErrors.NotPrimaryLessor"/>: the caller looks for the leader again.
/// </summary>
internal sealed class LeaseClient : IDisposable
{
    private readonly HttpClient http;
    private readonly SemaphoreSlim questions = new(PeerLimits.LeaseQuestions);

    /// <param name="createHandler">Makes the handler that connects, with certificates where peers speak TLS.</param>
    public LeaseClient(Func<Action<SocketsHttpHandler>, HttpMessageHandler> createHandler)
    {
        HttpMessageHandler handler = createHandler(static handler =>
        {
            handler.AllowAutoRedirect = false;
            handler.UseProxy = false;
            handler.ConnectTimeout = TimeSpan.FromSeconds(2);
            handler.MaxConnectionsPerServer = PeerLimits.LeaseQuestions;
            handler.PooledConnectionIdleTimeout = PeerLimits.LeaseConnectionIdleTime;
        });
        http = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = PeerLimits.LeaseAnswerBytes,
        };
    }

    /// <summary>Asks another member when it is this question's turn, which counts from then on.</summary>
    public async Task<T> InTurnAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan patience, CancellationToken cancellation)
    {
        await questions.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            using CancellationTokenSource attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            attempt.CancelAfter(patience);
            return await ask(attempt.Token).ConfigureAwait(false);
        }
        finally
        {
            questions.Release();
        }
    }

    /// <summary>Has the leader renew a lease; returns its time in seconds.</summary>
    /// <exception cref="EtcdException">There is no such lease, or no answer.</exception>
    public async Task<long> RenewAsync(IReadOnlyList<string> urls, long id, CancellationToken cancellation)
    {
        byte[] request = new LeaseKeepAliveRequest { ID = id }.ToByteArray();
        byte[] answer = await AskAsync(urls, "/leases", request, cancellation).ConfigureAwait(false);
        LeaseKeepAliveResponse response = Parse(LeaseKeepAliveResponse.Parser, answer);
        return response.ID == id ? response.TTL : throw EtcdErrors.NotPrimaryLessor.ToException();
    }

    /// <summary>Asks the leader how much time a lease has left.</summary>
    /// <returns>The answer as it came: it may hold very many keys.</returns>
    /// <exception cref="EtcdException">There is no such lease, or no answer.</exception>
    public Task<byte[]> InspectAsync(IReadOnlyList<string> urls, LeaseTimeToLiveRequest request, CancellationToken cancellation)
    {
        byte[] wrapped = new LeaseInternalRequest { LeaseTimeToLiveRequest = request }.ToByteArray();
        return AskAsync(urls, "/leases/internal", wrapped, cancellation);
    }

    /// <summary>Reads what <see cref="InspectAsync"/> brought.</summary>
    /// <exception cref="EtcdException">It is no answer to this question.</exception>
    public static LeaseTimeToLiveResponse ReadInspection(byte[] answer, long id)
    {
        LeaseTimeToLiveResponse? response = Parse(LeaseInternalResponse.Parser, answer).LeaseTimeToLiveResponse;
        return response?.ID == id ? response : throw EtcdErrors.NotPrimaryLessor.ToException();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        questions.Dispose();
    }

    private async Task<byte[]> AskAsync(IReadOnlyList<string> urls, string path, byte[] request, CancellationToken cancellation)
    {
        foreach (string url in urls)
        {
            try
            {
                using ByteArrayContent body = new(request);
                body.Headers.ContentType = new MediaTypeHeaderValue("application/protobuf");
                using HttpResponseMessage answer = await http.PostAsync(new Uri(new Uri(url), path), body, cancellation)
                    .ConfigureAwait(false);
                byte[] content = await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return content;
                }

                // A member that serves no leases says 404 too, in other words.
                if (answer.StatusCode == HttpStatusCode.NotFound && content.AsSpan().StartsWith("lease not found"u8))
                {
                    throw EtcdErrors.LeaseNotFound.ToException();
                }
            }
            catch (Exception failure)
                when (failure is HttpRequestException or OperationCanceledException or IOException or UriFormatException)
            {
                // The next URL may be reached.
            }
        }

        throw EtcdErrors.NotPrimaryLessor.ToException();
    }

    private static T Parse<T>(MessageParser<T> parser, byte[] answer)
        where T : IMessage<T>
    {
        try
        {
            return parser.WithDiscardUnknownFields(true).ParseFrom(answer);
        }
        catch (InvalidProtocolBufferException)
        {
            throw EtcdErrors.NotPrimaryLessor.ToException();
        }
    }
}
