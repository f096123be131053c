using System.Diagnostics;
using System.Globalization;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege;

/// <summary>One member of the cluster under siege: a real process on loopback.</summary>
internal sealed class SiegeMember : IAsyncDisposable
{
    private readonly Process process;
    private readonly StreamWriter log;

    private SiegeMember(string name, int clientPort, int peerPort, Process process, StreamWriter log)
    {
        Name = name;
        ClientPort = clientPort;
        PeerPort = peerPort;
        this.process = process;
        this.log = log;
        Channel = Connect();
    }

    public string Name { get; }

    public int ClientPort { get; }

    public int PeerPort { get; }

    /// <summary>For the observer; clients and attackers have channels of their own.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>Its id, once it has answered.</summary>
    public ulong Id { get; private set; }

    /// <summary>The cluster's id, once it has answered.</summary>
    public ulong ClusterId { get; private set; }

    public bool HasExited => process.HasExited;

    /// <summary>Bytes of memory that are resident.</summary>
    public long ResidentBytes => ReadStatus("VmRSS:") * 1024;

    /// <summary>Descriptors that are open.</summary>
    public int Descriptors
    {
        get
        {
            try
            {
                return Directory.GetFiles($"/proc/{process.Id}/fd").Length;
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    public static SiegeMember Start(string program, string name, int clientPort, int peerPort, string cluster, string directory)
    {
        string client = $"http://127.0.0.1:{clientPort}";
        string peer = $"http://127.0.0.1:{peerPort}";
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "--name", name, "--data-dir", Path.Combine(directory, name), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster,
            "--initial-cluster-token", "siege", "--initial-cluster-state", "new",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}");
        StreamWriter log = new(Path.Combine(directory, name + ".log")) { AutoFlush = true };
        void Note(object sender, DataReceivedEventArgs line)
        {
            lock (log)
            {
                log.WriteLine(line.Data);
            }
        }

        process.OutputDataReceived += Note;
        process.ErrorDataReceived += Note;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new SiegeMember(name, clientPort, peerPort, process, log);
    }

    /// <summary>A channel with a connection of its own.</summary>
    public GrpcChannel Connect() => GrpcChannel.ForAddress(
        $"http://127.0.0.1:{ClientPort}",
        new GrpcChannelOptions
        {
            MaxReceiveMessageSize = 64 << 20,
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true },
        });

    /// <summary>What it says of itself, or null where it does not answer within two seconds.</summary>
    public async Task<StatusResponse?> StatusAsync()
    {
        try
        {
            StatusResponse status = await new Maintenance.MaintenanceClient(Channel)
                .StatusAsync(new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(2)).ConfigureAwait(false);
            (Id, ClusterId) = (status.Header.MemberId, status.Header.ClusterId);
            return status;
        }
        catch (Grpc.Core.RpcException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync().ConfigureAwait(false);
        }

        process.Dispose();
        lock (log)
        {
            log.Dispose();
        }
    }

    private long ReadStatus(string field)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or IndexOutOfRangeException)
        {
            return 0;
        }
    }
}
