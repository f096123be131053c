using System.Text;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Http;

/// <summary>Sends a client to another path of this server, as Go's HTTP server does.</summary>
internal static class Redirect
{
    /// <summary>Answers with the path. Only who may look at an answer gets a page that says so.</summary>
    public static async Task WriteAsync(HttpContext http, string path, string query)
    {
        string location = RequestPath.Escape(path) + query;
        http.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        http.Response.Headers.Location = location;
        bool isGet = http.Request.Method == HttpMethods.Get;
        if (!isGet && http.Request.Method != HttpMethods.Head)
        {
            http.Response.ContentLength = 0;
            return;
        }

        http.Response.ContentType = "text/html; charset=utf-8";
        if (isGet)
        {
            byte[] page = Encoding.UTF8.GetBytes($"<a href=\"{Quote(location)}\">Moved Permanently</a>.\n\n");
            http.Response.ContentLength = page.Length;
            await http.Response.Body.WriteAsync(page, http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static string Quote(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal);
}
