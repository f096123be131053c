using System.Globalization;
using Netcd.Engine.Offline;
using Netcd.Storage.Bolt;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Output;

namespace Netcd.Tools.Utl;

/// <summary>What there is to see in a database, or in a snapshot of one.</summary>
internal static class DatabaseCommands
{
    public static Command HashKv(UtlContext context)
    {
        NumberFlag revision = new("rev", "maximum revision to hash (default: latest revision)");
        return new Command("hashkv <filename>", "Prints the KV history hash of a given file")
        {
            Check = ExactlyOne,
            Flags = [revision],
            Run = arguments =>
            {
                OutputFormat format = context.Format;
                HistoryHash found = FileWork.Do(() => HistoryHash.Read(context.Disk, arguments[0], revision.Value, context.Seed));
                new Report(
                    new ReportValue("hash", "Hash", "hash", found.Hash),
                    new ReportValue("hash revision", "Hash revision", "hashRevision", found.Revision),
                    new ReportValue("compact revision", "Compact revision", "compactRevision", found.CompactRevision))
                    .Write(format, context.Output);
                return ExitCodes.Success;
            },
        };
    }

    public static Command Create(UtlContext context)
    {
        Command check = new("check <filename>", "Checks every page of a database or snapshot")
        {
            Check = ExactlyOne,
            Run = arguments => FileWork.Do(() => CheckPages(context, arguments[0])),
        };
        TextFlag bucket = new("bucket", "Dumps this bucket alone");
        Command dump = new("dump <filename>", "Shows what the buckets of a database or snapshot hold")
        {
            Check = ExactlyOne,
            Flags = [bucket],
            Run = arguments => FileWork.Do(() =>
            {
                using BoltDatabase database = OfflineDatabase.Open(context.Disk, arguments[0]);
                new DatabaseDump(database, context.Output).Write(bucket.Value);
                return ExitCodes.Success;
            }),
        };
        return new Command("db <subcommand>", "Looks into databases and snapshots") { IsExtra = true }.Add(check, dump);
    }

    private static string? ExactlyOne(IReadOnlyList<string> arguments) => arguments.Count == 1
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"accepts 1 arg(s), received {arguments.Count}");

    private static string Count(long number, string of) => string.Create(CultureInfo.InvariantCulture, $"{number} {of}");

    private static int CheckPages(UtlContext context, string path)
    {
        using BoltDatabase database = OfflineDatabase.Open(context.Disk, path);
        using BoltReadTransaction transaction = database.BeginRead();
        BoltCheckReport report = transaction.Check();
        if (!report.IsClean)
        {
            throw new CommandFailure(
                ExitCodes.Failure,
                string.Create(CultureInfo.InvariantCulture, $"{path} is damaged, {report.Problems.Count} problems:\n")
                    + string.Join('\n', report.Problems));
        }

        string free = report.FreePagesChecked ? Count(report.FreePages, "free pages") : "no list of free pages";
        context.Output.WriteLine($"{path} is sound: {Count(report.Buckets, "buckets")}, {Count(report.Keys, "keys")}, "
            + $"{Count(report.BranchPages, "branch pages")}, {Count(report.LeafPages, "leaf pages")}, {free}");
        return ExitCodes.Success;
    }
}
