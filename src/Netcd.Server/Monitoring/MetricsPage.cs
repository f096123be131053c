using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Netcd.Server.Http;

namespace Netcd.Server.Monitoring;

/// <summary>The page of figures, <c>/metrics</c>.</summary>
internal sealed class MetricsPage(MetricsRegistry registry, ServiceMetrics metrics)
{
    private const string Gzip = "gzip";
    private const string Answered = "200";

    /// <summary>The figures as of now.</summary>
    public string Describe() => MetricsText.Write(registry.Families);

    /// <summary>Answers with them: whatever the method, as in etcd.</summary>
    public async Task WriteAsync(HttpContext http)
    {
        if (http.Request.Method == HttpMethods.Connect)
        {
            // What follows a success would be a tunnel.
            await PlainText.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed").ConfigureAwait(false);
            return;
        }

        metrics.PagesInFlight.Increment();
        try
        {
            byte[] page = Encoding.UTF8.GetBytes(Describe());
            metrics.Pages.Of(Answered).Increment();
            http.Response.ContentType = MetricsText.ContentType;
            if (AcceptsGzip(http.Request))
            {
                http.Response.Headers.ContentEncoding = Gzip;
                page = Compress(page);
            }

            http.Response.ContentLength = page.Length;
            if (http.Request.Method != HttpMethods.Head)
            {
                await http.Response.Body.WriteAsync(page, http.RequestAborted).ConfigureAwait(false);
            }
        }
        finally
        {
            metrics.PagesInFlight.Decrement();
        }
    }

    private static byte[] Compress(byte[] page)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(page);
        }

        return compressed.ToArray();
    }

    /// <summary>Whether the client says that it takes gzip, and does not weigh it with nothing.</summary>
    private static bool AcceptsGzip(HttpRequest request)
    {
        foreach (string? value in request.Headers.AcceptEncoding)
        {
            foreach (Range part in value.AsSpan().Split(','))
            {
                ReadOnlySpan<char> coding = value.AsSpan(part).Trim();
                int end = coding.IndexOf(';');
                if ((end < 0 ? coding : coding[..end]).Trim() is Gzip)
                {
                    ReadOnlySpan<char> weight = end < 0 ? default : coding[(end + 1)..].Trim();
                    return !weight.StartsWith("q=0", StringComparison.Ordinal) || weight[3..].ContainsAnyInRange('1', '9');
                }
            }
        }

        return false;
    }
}
