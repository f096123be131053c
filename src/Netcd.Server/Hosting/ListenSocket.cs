using System.Net;
using System.Net.Sockets;

namespace Netcd.Server.Hosting;

/// <summary>Binds sockets to listen with, by the rules of Go's <c>net.Listen("tcp", …)</c>.</summary>
internal static class ListenSocket
{
    /// <summary>Connections that the system may hold until they are accepted; it lowers this to its own limit, which Go asks for.</summary>
    public const int Backlog = 65_535;

    /// <summary>Silence of a connection after which the system asks whether the other side is there, and between two such questions; as
    /// etcd's.</summary>
    private const int KeepAliveSeconds = 30;

    /// <summary>
    /// A bound socket. The address of all of IPv4 means every address of the machine, those of IPv6 among them; where there is no IPv6
    /// it is what it says.
    /// </summary>
    /// <param name="address">What to bind to.</param>
    /// <param name="sharesPort">Whether other sockets may be bound to the same port, those of other processes among them.</param>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static Socket Bind(EndPoint address, bool sharesPort) => address is IPEndPoint internet
        ? Bind(internet, Socket.OSSupportsIPv6, sharesPort)
        : BindFile((UnixDomainSocketEndPoint)address);

    /// <summary>A bound socket, where it is known whether the machine has IPv6.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    internal static Socket Bind(IPEndPoint address, bool hasIPv6, bool sharesPort = false)
    {
        if (hasIPv6 && address.Address.Equals(IPAddress.Any))
        {
            try
            {
                return Open(new IPEndPoint(IPAddress.IPv6Any, address.Port), sharesPort);
            }
            catch (SocketException failure) when (IsWithoutIPv6(failure.SocketErrorCode))
            {
                // The system has IPv6 built in and switched off.
            }
        }

        return Open(address, sharesPort);
    }

    /// <summary>
    /// A socket in the file system, which goes with it when it is closed. One that a killed process has left there makes room, as in
    /// etcd; a file of another kind does not.
    /// </summary>
    private static Socket BindFile(UnixDomainSocketEndPoint file)
    {
        string path = file.ToString();
        if (IsSocket(path))
        {
            File.Delete(path);
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(file);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket is there and cannot be opened as a file.</summary>
    private static bool IsSocket(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            File.OpenHandle(path).Dispose();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static bool IsWithoutIPv6(SocketError error) => error is SocketError.AddressFamilyNotSupported
        or SocketError.ProtocolFamilyNotSupported or SocketError.ProtocolNotSupported or SocketError.AddressNotAvailable;

    private static Socket Open(IPEndPoint address, bool sharesPort)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = address.Address.Equals(IPAddress.IPv6Any);
            }

            // Accepted sockets inherit this: a client whose machine is gone, without a word, must not hold its connection for ever.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
            if (sharesPort)
            {
                SharePort(socket);
            }

            socket.Bind(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The framework has no name for the option alone.</summary>
    private static void SharePort(Socket socket)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        (int level, int name) = OperatingSystem.IsLinux() ? (1, 15) : (0xffff, 0x200);
        socket.SetRawSocketOption(level, name, BitConverter.GetBytes(1));
    }
}
