using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Transport;

/// <summary>Requests of HTTP/1.1 as bytes, whatever a client library would make of them.</summary>
internal static partial class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Sends a request without a body and gives all that is answered until the connection ends.</summary>
    public static Task<string> AskAsync(ServerProcess server, string method, string target, params string[] headers) =>
        AskAsync(
            server,
            $"{method} {target} HTTP/1.1\r\nHost: {server.Endpoint}\r\nConnection: close\r\nContent-Length: 0\r\n"
                + $"{string.Concat(headers.Select(static line => line + "\r\n"))}\r\n");

    /// <summary>Sends bytes and gives all that is answered until the connection ends, each byte a character.</summary>
    public static async Task<string> AskAsync(ServerProcess server, string request)
    {
        using CancellationTokenSource late = new(Patience);
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", server.Port, late.Token);
        NetworkStream stream = client.GetStream();
        MemoryStream answer = new();
        Task reading = stream.CopyToAsync(answer, late.Token);
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request), late.Token);
            await reading;
        }
        catch (IOException) when (answer.Length > 0)
        {
            // A server that has answered need not read the rest.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>The part of an answer that is the same on two servers: without the time, and how the body is cut.</summary>
    public static string Comparable(string answer)
    {
        string[] parts = answer.Split("\r\n\r\n", 2);
        IEnumerable<string> lines = parts[0].Split("\r\n");
        IEnumerable<string> headers = lines.Skip(1)
            .Select(static line => line.Split(':', 2)[0].ToLowerInvariant() + ":" + line.Split(':', 2)[1])
            .Where(static line => !line.StartsWith("date:", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return string.Join('\n', [lines.First(), .. headers, "", parts[^1]]);
    }

    /// <summary>The status, and the headers that say what the body is.</summary>
    public static string Head(string answer) =>
        string.Join('\n', Comparable(answer).Split('\n').TakeWhile(static line => line.Length > 0)
            .Where(static line => !OfLength().IsMatch(line)));

    [GeneratedRegex("^(content-length|transfer-encoding|connection):")]
    private static partial Regex OfLength();
}
