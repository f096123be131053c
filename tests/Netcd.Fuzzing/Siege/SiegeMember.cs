using System.Diagnostics;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege;

/// <summary>One member of the cluster under siege: a real process on loopback.</summary>
internal sealed class SiegeMember : IAsyncDisposable
{
    private readonly Process process;
    private readonly StreamWriter log;
    private readonly SiegeGuard guard;
    private GrpcChannel? channel;

    private SiegeMember(string name, int clientPort, int peerPort, SiegeGuard guard, Process process, StreamWriter log)
    {
        Name = name;
        ClientPort = clientPort;
        PeerPort = peerPort;
        this.process = process;
        this.log = log;
        this.guard = guard;
    }

    public string Name { get; }

    public int ClientPort { get; }

    public int PeerPort { get; }

    /// <summary>Where clients find it.</summary>
    public string ClientUrl => $"{guard.Scheme}://127.0.0.1:{ClientPort}";

    /// <summary>Where other members find it.</summary>
    public string PeerUrl => $"{guard.Scheme}://127.0.0.1:{PeerPort}";

    /// <summary>For the observer; clients and attackers have channels of their own.</summary>
    public GrpcChannel Channel => channel ??= Connect();

    /// <summary>Its id, once it has answered.</summary>
    public ulong Id { get; private set; }

    /// <summary>The cluster's id, once it has answered.</summary>
    public ulong ClusterId { get; private set; }

    public bool HasExited => process.HasExited;

    /// <summary>Bytes of memory that are resident.</summary>
    public long ResidentBytes => ProcessFigures.ResidentBytes(process.Id);

    /// <summary>Descriptors that are open.</summary>
    public int Descriptors => ProcessFigures.Descriptors(process.Id);

    public static SiegeMember Start(
        string program, string name, int clientPort, int peerPort, string cluster, string directory, SiegeGuard guard)
    {
        string client = $"{guard.Scheme}://127.0.0.1:{clientPort}";
        string peer = $"{guard.Scheme}://127.0.0.1:{peerPort}";
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "--name", name, "--data-dir", Path.Combine(directory, name), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster,
            "--initial-cluster-token", "siege", "--initial-cluster-state", "new",
        ];
        foreach (string argument in arguments.Concat(guard.Arguments))
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
        return new SiegeMember(name, clientPort, peerPort, guard, process, log);
    }

    /// <summary>A channel with a connection of its own, for attackers.</summary>
    public GrpcChannel Connect() => SiegeGuard.Connect(ClientUrl, guard.AuthorityFile, guard.AttackerToken);

    /// <summary>From now on the observer has a token.</summary>
    public void LogIn()
    {
        channel?.Dispose();
        channel = null;
    }

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
        channel?.Dispose();
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
}
