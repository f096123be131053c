using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Grpc.Net.Client;

namespace Netcd.Interop.Processes;

/// <summary>
/// A member of one, netcd or etcd, as a process on a data directory. Both are named alike and advertise the same peer address (nobody calls
/// it),
/// so that cluster and member ids are the same on both and either can take over the other's directory.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string ReadyLine = "ready to serve client requests";
    private const string PeerUrl = "http://localhost:2380";
    private const int Sigterm = 15;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly string program;
    private readonly bool isFaulty;
    private readonly StringBuilder log = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process, string program, int port, bool isFaulty)
    {
        this.process = process;
        this.program = program;
        this.isFaulty = isFaulty;
        Port = port;
        Channel = GrpcChannel.ForAddress(
            "http://" + Endpoint,
            new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null, DisposeHttpClient = true });
    }

    /// <summary>The process id.</summary>
    public int Id => process.Id;

    public int Port { get; }

    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>A gRPC channel to it, gone with it.</summary>
    public GrpcChannel Channel { get; }

    public bool HasExited => process.HasExited;

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

    public static Task<ServerProcess> NetcdAsync(string dataDirectory, params string[] more) =>
        ReadyAsync(NetcdProgram.Path, dataDirectory, FreePort.Next(), more);

    public static async Task<ServerProcess> EtcdAsync(string dataDirectory, params string[] more) =>
        await ReadyAsync(await EtcdPrograms.EtcdAsync(), dataDirectory, FreePort.Next(), more);

    /// <summary>Starts a member and waits until it serves.</summary>
    public static async Task<ServerProcess> ReadyAsync(string program, string dataDirectory, int port, params string[] more)
    {
        ServerProcess server = Start(program, dataDirectory, port, more);
        try
        {
            await Task.WhenAny(server.ready.Task, server.process.WaitForExitAsync()).WaitAsync(Deadline);
            Assert.True(server.ready.Task.IsCompleted, $"{program} ended before it was ready:\n{server.Log}");
            return server;
        }
        catch (TimeoutException)
        {
            string told = server.Log;
            await server.DisposeAsync();
            throw new TimeoutException($"{program} was not ready within {Deadline}:\n{told}");
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a member that is expected to refuse, and gives its exit code and what it wrote.</summary>
    public static async Task<(int ExitCode, string Log)> RefusedAsync(string program, string dataDirectory, int port, params string[] more)
    {
        await using ServerProcess server = Start(program, dataDirectory, port, more);
        await Task.WhenAny(server.ready.Task, server.process.WaitForExitAsync()).WaitAsync(Deadline);
        Assert.False(server.ready.Task.IsCompleted, "it serves where it had to refuse:\n" + server.Log);
        await server.process.WaitForExitAsync().WaitAsync(Deadline);
        return (server.process.ExitCode, server.Log);
    }

    /// <summary>
    /// Starts a netcd with a fault waiting in its way, and waits until it serves or has ended: whichever the fault lets it.
    /// </summary>
    public static Task<ServerProcess> UnderFaultAsync(SystemCallFault fault, string dataDirectory, params string[] more) =>
        UnderFaultAsync(NetcdProgram.Path, fault, dataDirectory, more);

    /// <summary>The same with another program.</summary>
    public static async Task<ServerProcess> UnderFaultAsync(
        string server, SystemCallFault fault, string dataDirectory, params string[] more)
    {
        (string program, string[] before) = await fault.WrapAsync(server);
        ServerProcess started = Start(program, dataDirectory, FreePort.Next(), more, before);
        try
        {
            await Task.WhenAny(started.ready.Task, started.process.WaitForExitAsync()).WaitAsync(Deadline);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a netcd by way of a shell that sets limits (<c>ulimit</c>) first, and waits until it serves.</summary>
    public static async Task<ServerProcess> LimitedAsync(string limits, string dataDirectory, params string[] more)
    {
        string[] before = ["-c", limits + "; exec \"$0\" \"$@\"", NetcdProgram.Path];
        ServerProcess server = Start("/bin/bash", dataDirectory, FreePort.Next(), more, before);
        try
        {
            await Task.WhenAny(server.ready.Task, server.process.WaitForExitAsync()).WaitAsync(Deadline);
            Assert.True(server.ready.Task.IsCompleted, $"it ended before it was ready:\n{server.Log}");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
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

    /// <summary>Asks it to end, as an operator does, and gives the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Assert.Equal(0, Kill(process.Id, Sigterm));
        await process.WaitForExitAsync().WaitAsync(Deadline);
        return process.ExitCode;
    }

    /// <summary>Ends it as a power failure does (the operating system's caches stay).</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Deadline);
    }

    /// <summary>Waits until it ends of itself, and gives the exit code.</summary>
    public async Task<int> EndedAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Deadline);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        if (!isFaulty)
        {
            StackTraces.Look(program, Log);
        }

        Channel.Dispose();
        process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Kill(int processId, int signal);

    private static ServerProcess Start(string program, string dataDirectory, int port, string[] more, params string[] before)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string client = $"http://127.0.0.1:{port}";
        string[] arguments =
        [
            .. before, "--name", "default", "--data-dir", dataDirectory, "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", $"http://127.0.0.1:{FreePort.Next()}", "--initial-advertise-peer-urls", PeerUrl,
            "--initial-cluster", "default=" + PeerUrl, .. more,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        ServerProcess server = new(
            Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}"),
            program,
            port,
            isFaulty: before.Length > 0);
        server.process.OutputDataReceived += server.Note;
        server.process.ErrorDataReceived += server.Note;
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        return server;
    }

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
