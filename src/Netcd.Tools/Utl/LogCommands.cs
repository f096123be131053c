using Netcd.Engine.Offline;
using Netcd.Storage.Wal;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Utl;

/// <summary>What there is to see in a write-ahead log.</summary>
internal static class LogCommands
{
    public static Command Create(UtlContext context)
    {
        TextFlag dataDir = new("data-dir", "Path to the etcd data dir") { IsDirectory = true };
        TextFlag walDir = new("wal-dir", "Path to the WAL directory (use --data-dir if none given)") { IsDirectory = true };
        Command dump = new("dump", "Shows every record of a write-ahead log, of a running member too")
        {
            Flags = [dataDir, walDir],
            Run = _ =>
            {
                if (dataDir.Value.Length == 0 && walDir.Value.Length == 0)
                {
                    throw new CommandFailure(ExitCodes.BadArguments, "wal dump needs --data-dir or --wal-dir");
                }

                string directory = new MemberFiles(dataDir.Value, walDir.Value.Length == 0 ? null : walDir.Value).Wal;
                return FileWork.Do(() => Dump(context, directory));
            },
        };
        return new Command("wal <subcommand>", "Looks into write-ahead logs") { IsExtra = true }.Add(dump);
    }

    private static int Dump(UtlContext context, string directory)
    {
        if (!context.Disk.DirectoryExists(directory))
        {
            throw new OfflineException($"open {directory}: no such file or directory");
        }

        WalRepair? torn = LogReader.Visit(context.Disk, directory, record => context.Output.WriteLine(LogLine.Of(record)));
        if (torn is not null)
        {
            context.Errors.WriteLine($"{torn.File} ends at {torn.Offset}, where a crash has torn it ({torn.Reason}): a start repairs that");
        }

        return ExitCodes.Success;
    }
}
