using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Offline;

/// <summary>Makes the database of a member that is not running as small as it gets, by small commits: a kill at any moment leaves a whole
/// database.</summary>
public static class OfflineDefragmentation
{
    /// <summary>Does it.</summary>
    /// <param name="disk">Where the files are.</param>
    /// <param name="files">The member's files.</param>
    /// <param name="log">Told how large the database was, and is.</param>
    /// <param name="progress">Told how far it is; null for nobody.</param>
    /// <exception cref="OfflineException">There is no database, or it is damaged.</exception>
    /// <exception cref="IOException">The disk fails, or a member has the file.</exception>
    public static void Run(IDisk disk, MemberFiles files, ILogger log, Action<OfflineStep>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        files.RequireDatabase(disk);
        try
        {
            using BackendFile file = BackendFile.Open(disk, files.Database);
            BackendDefragmentation run = new(file, log);
            while (run.Step() != BoltDefragmentationStep.Done)
            {
                progress?.Invoke(new OfflineStep("defragmenting", run.MovedBytes, run.MostBytes));
            }

            progress?.Invoke(default);
            run.ReportEnd(null);
            run.End();
        }
        catch (BoltFormatException damaged)
        {
            throw new OfflineException(damaged.Message, damaged);
        }
    }
}
