using System.Text;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Http;

/// <summary>Errors as Go's HTTP server words them: a line of plain text.</summary>
internal static class PlainText
{
    /// <summary>Writes a line; nothing where only the head is asked for.</summary>
    public static async Task WriteAsync(HttpContext http, int status, string line)
    {
        byte[] body = Encoding.UTF8.GetBytes(line + "\n");
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
        }
    }
}
