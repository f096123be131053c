using Netcd.Client;
using Netcd.Client.Maintenance;
using Netcd.Engine.Backend;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>snapshot save</c>.</summary>
internal sealed class SnapshotSaveCommand(CtlContext context)
{
    public Command Create() => new("save <filename>", "Stores an etcd node backend snapshot to a given file")
    {
        Run = arguments =>
        {
            if (arguments.Count != 1)
            {
                throw new CommandFailure(ExitCodes.BadArguments, "snapshot save expects one argument");
            }

            return context.Run(client => SaveAsync(client, arguments[0]), ExitCodes.Interrupted);
        },
    };

    /// <summary>The file has its name once all of it is there and has been checked.</summary>
    private async Task<int> SaveAsync(EtcdClient client, string path)
    {
        if (context.Flags.Endpoints.Values is not [string endpoint])
        {
            throw new CommandFailure(
                ExitCodes.Interrupted,
                $"snapshot must be requested to one selected node, not multiple [{string.Join(' ', context.Flags.Endpoints.Values)}]");
        }

        string part = path + ".part", doing = $"fetching a snapshot from {endpoint}";
        SnapshotResult result;
        using ProgressLine? progress = ProgressLine.For(context.Errors, context.Format, doing);
        try
        {
            FileStream file = Open(part);
            await using (file.ConfigureAwait(false))
            {
                SnapshotWatcher? watcher = progress is null ? null : new SnapshotWatcher(progress, doing);
                result = await client.Maintenance.SnapshotAsync(endpoint, file, watcher).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or EtcdException)
        {
            File.Delete(part);
            throw failure is EtcdException
                ? failure
                : new CommandFailure(ExitCodes.Interrupted, $"could not save to {path} ({failure.Message})");
        }

        progress?.Dispose();
        context.Errors.WriteLine($"fetched {new ByteCount(result.Bytes)} from {endpoint}");
        context.Output.WriteLine($"Snapshot saved at {path}");
        if (result.Version.Length > 0)
        {
            context.Output.WriteLine($"Server version {result.Version}");
        }

        return ExitCodes.Success;
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string reason = failure switch
            {
                DirectoryNotFoundException => "no such file or directory",
                UnauthorizedAccessException => Directory.Exists(path) ? "is a directory" : "permission denied",
                _ => failure.Message,
            };
            throw new CommandFailure(ExitCodes.Interrupted, $"could not open {path} (open {path}: {reason})");
        }
    }
}
