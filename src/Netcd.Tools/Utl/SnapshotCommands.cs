using System.Globalization;
using Netcd.Engine.Backend;
using Netcd.Engine.Offline;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Output;

namespace Netcd.Tools.Utl;

/// <summary>What there is to do with snapshots.</summary>
internal static class SnapshotCommands
{
    public static Command Create(UtlContext context) => new Command("snapshot <subcommand>", "Manages etcd node snapshots")
        .Add(Save(), new RestoreCommand(context).Create(), Status(context));

    private static Command Save() => new("save <filename>", "Stores an etcd node backend snapshot to a given file")
    {
        IsHidden = true,
        HidesFlags = true,
        Deprecated = "Use `etcdctl snapshot save` to download snapshot",
        Run = static _ => throw new CommandFailure(
            ExitCodes.BadArguments, "In order to download snapshot use: `etcdctl snapshot save ...`"),
    };

    /// <summary>What a snapshot holds.</summary>
    public static Command Status(UtlContext context) => new("status <filename>", "Gets backend snapshot status of a given file")
    {
        Run = arguments =>
        {
            if (arguments.Count != 1)
            {
                throw new CommandFailure(ExitCodes.BadArguments, "snapshot status requires exactly one argument");
            }

            OutputFormat format = context.Format;
            Show(FileWork.Do(() => SnapshotStatus.Read(context.Disk, arguments[0]))).Write(format, context.Output);
            return ExitCodes.Success;
        },
    };

    /// <summary>The columns of etcd 3.5; with the version where the file says one, as etcd 3.6 has it.</summary>
    private static Report Show(SnapshotStatus status)
    {
        List<ReportValue> values =
        [
            new("hash", "Hash", "hash", status.Hash, status.Hash.ToString("x", CultureInfo.InvariantCulture)),
            new("revision", "Revision", "revision", status.Revision),
            new("total keys", "Keys", "totalKey", status.TotalKeys),
            new("total size", "Size", "totalSize", status.TotalSize, new ByteCount(status.TotalSize).ToString()),
        ];
        if (status.Version is { } version)
        {
            values.Add(new ReportValue("version", "Version", "version", version));
        }

        return new Report(values);
    }
}
