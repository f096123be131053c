using System.Net.Sockets;
using System.Security.Authentication;

namespace Netcd.Fuzzing.Live;

/// <summary>A connection that sends bytes, ends, and waits until the server has hung up.</summary>
internal static class LiveConnection
{
    /// <summary>A server that is waited for so long has forgotten the connection.</summary>
    private const int PatienceMilliseconds = 20_000;

    private const int MomentMicroseconds = 50_000;

    /// <summary>Sends and receives.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="input">What is sent.</param>
    /// <param name="secure">Puts TLS around the connection; null for none.</param>
    /// <param name="waits">Whether the sender waits a moment for an answer before it ends: one that ends at once is taken to have gone.
    /// </param>
    /// <returns>Everything that came back.</returns>
    public static byte[] Exchange(Uri url, byte[] input, Func<NetworkStream, Stream>? secure, bool waits)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = PatienceMilliseconds,
            SendTimeout = PatienceMilliseconds,
        };
        socket.Connect(url.Host, url.Port);
        using NetworkStream network = new(socket);
        using Stream stream = secure?.Invoke(network) ?? network;
        using MemoryStream answer = new();
        try
        {
            stream.Write(input);
            stream.Flush();
            if (waits)
            {
                socket.Poll(MomentMicroseconds, SelectMode.SelectRead);
            }

            socket.Shutdown(SocketShutdown.Send);
            stream.CopyTo(answer);
        }
        catch (IOException failure) when (failure.InnerException is SocketException refused && !IsTimeout(refused))
        {
            // It hung up before all was sent or read, as it may.
        }
        catch (Exception failure) when (failure is IOException { InnerException: null } or AuthenticationException)
        {
            // TLS of the server's that ends in the middle of a record.
        }

        return answer.ToArray();
    }

    private static bool IsTimeout(SocketException failure) => failure.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock;
}
