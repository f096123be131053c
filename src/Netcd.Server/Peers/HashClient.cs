using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Netcd.Protocol.Errors;

namespace Netcd.Server.Peers;

/// <summary>Asks other members for the sum over their history, on their peer ports.</summary>
internal sealed class HashClient : IDisposable
{
    private readonly HttpClient http;

    /// <param name="createHandler">Makes the handler that connects, with certificates where peers speak TLS.</param>
    public HashClient(Func<Action<SocketsHttpHandler>, HttpMessageHandler> createHandler)
    {
        HttpMessageHandler handler = createHandler(static handler =>
        {
            handler.AllowAutoRedirect = false;
            handler.UseProxy = false;
            handler.ConnectTimeout = TimeSpan.FromSeconds(2);
        });
        http = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = PeerLimits.AnswerBytes,
        };
    }

    /// <summary>The sum up to a revision.</summary>
    /// <param name="url">The member's URL.</param>
    /// <param name="clusterId">The cluster that it has to be of.</param>
    /// <param name="revision">The revision; 0 is the latest.</param>
    /// <param name="patience">How long to wait: the whole history is read.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="EtcdException">It refuses, as the revision is compacted or to come.</exception>
    /// <exception cref="HttpRequestException">It does not answer, or is of another cluster.</exception>
    public async Task<PeerHash> AskAsync(
        string url, ulong clusterId, long revision, TimeSpan patience, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(new Uri(url), "/members/hashkv"));
        request.Headers.Add(PeerHeaders.ClusterId, PeerHeaders.Hex(clusterId));
        request.Content = new StringContent(
            string.Create(CultureInfo.InvariantCulture, $"{{\"revision\":{revision}}}"),
            Encoding.UTF8,
            new MediaTypeHeaderValue("application/json"));
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(request, limit.Token).ConfigureAwait(false);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
            return answer.StatusCode == HttpStatusCode.OK
                ? Read(body)
                : throw Refusal(answer.StatusCode, Encoding.UTF8.GetString(body));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException(EtcdErrors.DeadlineExceeded.Message);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new HttpRequestException("the answer is no sum: " + failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static Exception Refusal(HttpStatusCode status, string text)
    {
        if (status == HttpStatusCode.BadRequest)
        {
            foreach (EtcdError error in (EtcdError[])[EtcdErrors.Compacted, EtcdErrors.FutureRevision])
            {
                // Members say it without the prefix that clients are told it with.
                if (error.Message.EndsWith(text.Trim(), StringComparison.Ordinal) && text.Trim().Length > 0)
                {
                    return error.ToException();
                }
            }
        }

        return status == HttpStatusCode.PreconditionFailed && text.Contains(PeerHeaders.ClusterIdMismatch, StringComparison.Ordinal)
            ? EtcdErrors.ClusterIdMismatch.ToException()
            : new HttpRequestException("unknown error: " + text);
    }

    /// <summary>Go leaves numbers out that are zero.</summary>
    private static PeerHash Read(byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        long revision = root.TryGetProperty("header", out JsonElement header) ? Number(header, "revision") : 0;
        return new PeerHash(revision, (uint)Number(root, "hash"), Number(root, "compact_revision"), Number(root, "hash_revision"));
    }

    private static long Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement field) ? field.GetInt64() : 0;
}
