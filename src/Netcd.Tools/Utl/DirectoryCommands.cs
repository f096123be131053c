using System.Globalization;
using Netcd.Engine.Offline;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Utl;

/// <summary>What there is to do with a data directory.</summary>
internal static class DirectoryCommands
{
    private static readonly Version FirstTarget = new(3, 5);

    public static Command Defrag(UtlContext context)
    {
        TextFlag dataDir = new("data-dir", "Required. Defragments a data directory not in use by etcd.")
        {
            IsRequired = true,
            IsDirectory = true,
        };
        return new Command("defrag", "Defragments the storage of the etcd")
        {
            Flags = [dataDir],
            Run = _ =>
            {
                using FileProgress progress = new(context);
                try
                {
                    OfflineDefragmentation.Run(context.Disk, new MemberFiles(dataDir.Value), context.Log, progress.Show);
                    return ExitCodes.Success;
                }
                catch (Exception failure) when (FileWork.IsOfFiles(failure))
                {
                    throw new CommandFailure(
                        ExitCodes.Failure, $"Failed to defragment etcd data[{dataDir.Value}] ({FileWork.Explain(failure)})");
                }
            },
        };
    }

    public static Command Migrate(UtlContext context)
    {
        TextFlag dataDir = new("data-dir", "Path to the etcd data dir") { IsRequired = true, IsDirectory = true };
        TextFlag target = new(
            "target-version",
            "Target etcd version to migrate contents of data dir. Minimal value 3.5. Format \"X.Y\" for example 3.6.")
        {
            IsRequired = true,
        };
        BooleanFlag force = new(
            "force", "Ignore migration failure and forcefully override storage version. Not recommended.");
        return new Command(
            "migrate", "Migrates schema of etcd data dir files to make them compatible with different etcd version")
        {
            Flags = [dataDir, target, force],
            Run = _ =>
            {
                Version version = ReadTarget(target.Value);
                return FileWork.Do(() =>
                {
                    new StorageMigration(context.Disk, new MemberFiles(dataDir.Value), context.Log).Run(version, force.Value);
                    return ExitCodes.Success;
                });
            },
        };
    }

    public static Command Check(UtlContext context)
    {
        TextFlag dataDir = new("data-dir", "Required. A data directory not in use by etcd.") { IsRequired = true, IsDirectory = true };
        TextFlag walDir = new("wal-dir", "Optional. A dedicated WAL directory.") { IsDirectory = true };
        Command v2 = new("v2store", "Check custom content in v2store")
        {
            Flags = [dataDir, walDir],
            Run = _ => FileWork.Do(() =>
            {
                CustomV2Content.Refuse(context.Disk, new MemberFiles(dataDir.Value, walDir.Value.Length == 0 ? null : walDir.Value));
                context.Output.WriteLine("No custom content found in v2store.");
                return ExitCodes.Success;
            }),
        };
        return new Command("check <subcommand>", "commands for checking properties").Add(v2);
    }

    private static Version ReadTarget(string text)
    {
        string[] numbers = text.Split('.');
        if (numbers.Length != 2)
        {
            throw new CommandFailure(
                ExitCodes.BadArguments, $"wrong target version format, expected \"X.Y\", got {GoText.Quote(text)}");
        }

        if (!int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            || !int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor))
        {
            throw new CommandFailure(ExitCodes.BadArguments, $"failed to parse target version: {text} is not two numbers");
        }

        Version version = new(major, minor);
        return version >= FirstTarget
            ? version
            : throw new CommandFailure(ExitCodes.BadArguments, $"target version \"{version}\" not supported. Minimal \"3.5\"");
    }
}
