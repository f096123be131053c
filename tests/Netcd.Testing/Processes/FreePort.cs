using System.Net;
using System.Net.Sockets;

namespace Netcd.Testing.Processes;

/// <summary>
/// Loopback ports that nobody listens on. They lie below the range that the system hands out to outgoing connections, and none is given
/// twice,
/// so that a server restarted on its port finds it free.
/// </summary>
public static class FreePort
{
    private const int First = 10_000;
    private const int Room = 20_000;

    private static int last = Environment.ProcessId * 37 % Room;

    public static int Next()
    {
        for (int tries = 0; tries < Room; tries++)
        {
            int port = First + (Interlocked.Increment(ref last) % Room);
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }

        throw new InvalidOperationException("every loopback port is taken");
    }
}
