using Netcd.Engine.Offline;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Utl;

namespace Netcd.Tools.Ctl;

/// <summary>What etcdctl did with files before etcdutl came. It still does, and says where that has moved.</summary>
internal sealed class MovedCommands(CtlContext context)
{
    private UtlContext Files => new(context.Console, context.Flags.Format);

    public Command[] OfSnapshots() =>
    [
        Moved("status <filename>", "[deprecated] Gets backend snapshot status of a given file", SnapshotCommands.Status(Files)),
        Moved(
            "restore <filename> [options]",
            "Restores an etcd member snapshot to an etcd directory",
            new RestoreCommand(Files, needsDirectory: false).Create()),
    ];

    /// <summary>Makes the database in a directory as small as it gets.</summary>
    /// <exception cref="CommandFailure">That cannot be.</exception>
    public int Defragment(string directory)
    {
        context.Errors.WriteLine("Use `etcdutl defrag` instead. The --data-dir is going to be decomissioned in v3.6.\n");
        UtlContext files = Files;
        using FileProgress progress = new(files);
        return FileWork.Do(() =>
        {
            OfflineDefragmentation.Run(files.Disk, new MemberFiles(directory), files.Log, progress.Show);
            return ExitCodes.Success;
        });
    }

    private Command Moved(string use, string summary, Command there) => new(use, summary)
    {
        Flags = there.Flags,
        Run = arguments =>
        {
            context.Errors.WriteLine($"Deprecated: Use `etcdutl snapshot {there.Name}` instead.\n");
            return there.Run!(arguments);
        },
    };
}
