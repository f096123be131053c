using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Grpc.Net.Client;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Clusters;

/// <summary>A member of a cluster of processes, netcd or etcd: it can be started, killed, stopped in its tracks and started
/// again.</summary>
internal sealed class ClusterMember : IAsyncDisposable
{
    private const string ReadyLine = "ready to serve client requests";
    private const int SignalTerminate = 15;
    private const int SignalContinue = 18;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly StringBuilder log = new();
    private readonly List<Process> lives = [];
    private volatile Process? process;
    private volatile bool isDisposed;
    private TaskCompletionSource ready = new();

    public ClusterMember(string program, string name, string dataDirectory)
    {
        Program = program;
        Name = name;
        DataDirectory = dataDirectory;
        ClientPort = FreePort.Next();
        PeerPort = FreePort.Next();
        Proxy = new PeerProxy(PeerPort);
        Channel = Connect();
    }

    public string Program { get; set; }

    public string Name { get; }

    public string DataDirectory { get; private set; }

    public int ClientPort { get; }

    public int PeerPort { get; }

    /// <summary>Stands before the peer port: the others know its address only.</summary>
    public PeerProxy Proxy { get; }

    /// <summary>The process id.</summary>
    public int ProcessId => process!.Id;

    public GrpcChannel Channel { get; }

    /// <summary>What the cluster's own calls to it carry.</summary>
    public Grpc.Core.Metadata Headers { get; set; } = [];

    public string Endpoint => $"127.0.0.1:{ClientPort}";

    public string PeerUrl => $"http://127.0.0.1:{Proxy.Port}";

    // Other threads look at it while it ends: a process that is disposed cannot be asked.
    public bool IsRunning => !isDisposed && process is { HasExited: false };

    public string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    /// <summary>Starts the process; <see cref="ReadyAsync"/> waits until it serves.</summary>
    public void Start(string initialCluster, string state, params string[] more) =>
        Run(["--initial-cluster", initialCluster, "--initial-cluster-state", state, .. more]);

    /// <summary>Starts the process with the members' list from the name server.</summary>
    public void StartByDns(string domain, string nameServer) => Run(["--discovery-srv", domain], ("NETCD_NAME_SERVER", nameServer));

    /// <summary>Starts the process with the members' list from another cluster.</summary>
    public void StartByDiscovery(params string[] more) => Run(more);

    private void Run(string[] more, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string client = "http://" + Endpoint;
        string[] arguments =
        [
            "--name", Name, "--data-dir", DataDirectory, "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", $"http://127.0.0.1:{PeerPort}", "--initial-advertise-peer-urls", PeerUrl,
            .. more,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Process started = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {Program}");
        started.OutputDataReceived += Note;
        started.ErrorDataReceived += Note;
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        lives.Add(started);
        process = started;
    }

    /// <summary>Waits until it serves clients.</summary>
    public async Task ReadyAsync()
    {
        try
        {
            await Task.WhenAny(ready.Task, process!.WaitForExitAsync()).WaitAsync(Deadline);
            Assert.True(ready.Task.IsCompleted, $"{Name} ended before it was ready:\n{Log}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Name} was not ready within {Deadline}:\n{Log}");
        }
    }

    /// <summary>Waits until its log has a text: a line may come behind what clients see of it.</summary>
    public async Task HasLoggedAsync(string text)
    {
        try
        {
            await Poll.UntilAsync(() => Task.FromResult(Log.Contains(text, StringComparison.Ordinal)));
        }
        catch (Exception) when (!Log.Contains(text, StringComparison.Ordinal))
        {
            Assert.Contains(text, Log, StringComparison.Ordinal);
        }
    }

    /// <summary>Ends it as a power failure does (the operating system's caches stay).</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync().WaitAsync(Deadline);
    }

    /// <summary>Asks it to end, as an operator does, and gives the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Signal(SignalTerminate);
        await process!.WaitForExitAsync().WaitAsync(Deadline);
        return process.ExitCode;
    }

    /// <summary>Waits until it ends of itself, and gives the exit code.</summary>
    public async Task<int> EndedAsync()
    {
        await process!.WaitForExitAsync().WaitAsync(Deadline);
        return process.ExitCode;
    }

    /// <summary>The process stands still, with its connections open.</summary>
    public void Pause() => Freezing.Freeze(process!.Id);

    public void Resume() => Signal(SignalContinue);

    /// <summary>All that it had is gone; it will start from an empty directory.</summary>
    public void Wipe()
    {
        Directory.Delete(DataDirectory, recursive: true);
        DataDirectory += "+";
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            Resume();
            await KillAsync();
        }

        StackTraces.Look(Program, Log);
        isDisposed = true;
        lives.ForEach(static life => life.Dispose());
        Channel.Dispose();
        await Proxy.DisposeAsync();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    private GrpcChannel Connect() => GrpcChannel.ForAddress("http://" + Endpoint, new GrpcChannelOptions
    {
        MaxReceiveMessageSize = null,
        HttpHandler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), EnableMultipleHttp2Connections = true },
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(20),
        MaxReconnectBackoff = TimeSpan.FromMilliseconds(100),
        DisposeHttpClient = true,
    });

    private void Signal(int signal) => Assert.Equal(0, Kill(process!.Id, signal));

    private void Note(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
        {
            return;
        }

        lock (log)
        {
            log.AppendLine(line.Data);
        }

        if (line.Data.Contains(ReadyLine, StringComparison.Ordinal))
        {
            ready.TrySetResult();
        }
    }
}
