using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace Netcd.Server.Configuration;

/// <summary>Asks the name servers of this machine for SRV records.</summary>
internal sealed class SrvRecords
{
    /// <summary>Names a server (address, or address:port) that is asked instead of those of /etc/resolv.conf.</summary>
    public const string ServerVariable = "NETCD_NAME_SERVER";

    private const int DnsPort = 53;

    /// <summary>What resolv.conf(5) has as defaults.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private const int Retries = 1;

    private readonly LookupClient client;

    /// <exception cref="ConfigurationException">The variable names no address.</exception>
    public SrvRecords(IReadOnlyDictionary<string, string> environment)
    {
        LookupClientOptions options = Server(environment) is { } server ? new LookupClientOptions(server) : new LookupClientOptions();
        options.UseCache = false;
        options.Retries = Retries;
        options.Timeout = Timeout;
        client = new LookupClient(options);
    }

    /// <summary>The records of <c>_service._tcp.domain</c>, those to be tried first at the front.</summary>
    /// <exception cref="SrvException">There are none, or nobody answers.</exception>
    public IReadOnlyList<SrvRecord> Find(string service, string domain)
    {
        string name = $"_{service}._tcp.{domain}";
        try
        {
            IDnsQueryResponse answer = client.Query(name, QueryType.SRV);
            SrvRecord[] records = [.. answer.Answers.SrvRecords()
                .OrderBy(record => record.Priority).ThenByDescending(record => record.Weight)
                .ThenBy(record => record.Target.Value, StringComparer.Ordinal).ThenBy(record => record.Port)];
            bool isRefused = answer.HasError && answer.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain;
            return records.Length > 0
                ? records
                : throw new SrvException($"lookup {name} on {answer.NameServer}: {(isRefused ? "server misbehaving" : "no such host")}");
        }
        catch (DnsResponseException failure)
        {
            throw new SrvException($"lookup {name}: {failure.Message}");
        }
    }

    /// <summary>A record's <c>host:port</c>.</summary>
    public static string PlaceOf(SrvRecord record)
    {
        string host = record.Target.Value.TrimEnd('.');
        return $"{(host.Contains(':') ? $"[{host}]" : host)}:{record.Port}";
    }

    /// <summary>Where a host is reached; an address of version 4 comes first, as Go has it.</summary>
    /// <exception cref="SrvException">It has no address.</exception>
    public static IPEndPoint Resolve(string host, int port)
    {
        try
        {
            IPAddress? address = Dns.GetHostAddresses(host)
                .OrderBy(found => found.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault();
            return address is null ? throw new SrvException($"lookup {host}: no such host") : new IPEndPoint(address, port);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            throw new SrvException($"lookup {host}: {failure.Message}");
        }
    }

    private static IPEndPoint? Server(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault(ServerVariable) is not { Length: > 0 } text)
        {
            return null;
        }

        return IPEndPoint.TryParse(text, out IPEndPoint? server)
            ? new IPEndPoint(server.Address, server.Port == 0 ? DnsPort : server.Port)
            : throw new ConfigurationException($"{ServerVariable}={text} is neither an address nor address:port");
    }
}

/// <summary>Records cannot be had; the message is for the operator.</summary>
internal sealed class SrvException(string message) : Exception(message);
