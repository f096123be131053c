using System.Net.Sockets;
using System.Security.Authentication;

namespace Netcd.Fuzzing.Live;

/// <summary>A connection that sends bytes, ends, and waits until the server has hung up.</summary>
internal static class LiveConnection
{
    /// <summary>A server that is waited for so long has forgotten the connection.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How long a sender waits for an answer before it ends.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(150);

    /// <summary>Sends and receives.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="input">What is sent.</param>
    /// <param name="secure">Puts TLS around the connection; null for none.</param>
    /// <param name="waits">Whether the sender waits a moment for an answer before it ends: one that ends at once is taken to have gone.
    /// </param>
    /// <returns>Everything that came back.</returns>
    /// <exception cref="TimeoutException">The server does not hang up.</exception>
    public static byte[] Exchange(Uri url, byte[] input, Func<NetworkStream, Stream>? secure, bool waits)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { SendTimeout = (int)Patience.TotalMilliseconds };
        socket.Connect(url.Host, url.Port);
        using NetworkStream network = new(socket);
        using Stream stream = secure?.Invoke(network) ?? network;
        using MemoryStream answer = new();
        try
        {
            stream.Write(input);
            stream.Flush();
            ReceiveAsync(socket, stream, answer, waits).WaitAsync(Patience).GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException)
        {
            // It hung up before all was sent or read, as it may: TLS of the server's too may end in the middle of a record.
        }

        return answer.ToArray();
    }

    private static async Task ReceiveAsync(Socket socket, Stream stream, MemoryStream answer, bool waits)
    {
        byte[] buffer = new byte[16 * 1024];
        Task<int> next = stream.ReadAsync(buffer).AsTask();
        if (waits)
        {
            await Task.WhenAny(next, Task.Delay(Moment)).ConfigureAwait(false);
        }

        socket.Shutdown(SocketShutdown.Send);
        for (int count = await next.ConfigureAwait(false); count > 0; count = await stream.ReadAsync(buffer).ConfigureAwait(false))
        {
            answer.Write(buffer, 0, count);
        }
    }
}
