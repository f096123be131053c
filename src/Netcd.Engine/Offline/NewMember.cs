using Netcd.Engine.Backend;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Offline;

/// <summary>
/// The files of a member that come into being. The database gets its name last, when all else is on the disk: until then it is called
/// <c>db.restoring</c>, and neither does a member start there nor is the directory taken for one that holds something.
/// </summary>
internal sealed class NewMember(IDisk disk, MemberFiles files)
{
    /// <summary>What the database is called meanwhile.</summary>
    public string Unfinished => Path.Combine(files.Snapshots, BackendDirectory.RestoringName);

    /// <summary>Fails where somebody's files are there. What was made by half, as the process was killed, is removed.</summary>
    /// <exception cref="OfflineException">There are files.</exception>
    public void RequireRoom()
    {
        // With a database beside it, somebody has started a member there meanwhile.
        if (disk.FileExists(Unfinished) && !disk.FileExists(files.Database))
        {
            RemoveWhatWasMade();
        }

        if (HoldsFiles(files.DataDirectory))
        {
            throw new OfflineException($"data-dir \"{files.DataDirectory}\" not empty or could not be read");
        }

        if (files.WalDirectory is { } elsewhere && HoldsFiles(elsewhere))
        {
            throw new OfflineException($"wal-dir \"{elsewhere}\" exists");
        }
    }

    /// <summary>Makes the files. Where that fails, nothing is left but empty directories.</summary>
    /// <param name="make">Makes the database under the name that it has meanwhile, and all else.</param>
    public void Make(Action make)
    {
        disk.CreateDirectory(files.Snapshots);
        try
        {
            make();
            disk.Rename(Unfinished, files.Database);
            disk.FlushDirectory(files.Snapshots);
        }
        catch
        {
            RemoveWhatWasMade();
            throw;
        }
    }

    private bool HoldsFiles(string path) => disk.DirectoryExists(path)
        ? disk.List(path).Any(name => HoldsFiles(Path.Combine(path, name)))
        : disk.FileExists(path);

    private void RemoveWhatWasMade()
    {
        // The directories were not there, or were empty. The database is the last: it says that all else may be removed.
        Empty(files.Wal);
        Empty(files.Snapshots);
        disk.Delete(Unfinished);
        disk.FlushDirectory(files.Snapshots);
    }

    private void Empty(string directory)
    {
        if (!disk.DirectoryExists(directory))
        {
            return;
        }

        foreach (string path in disk.List(directory).Select(name => Path.Combine(directory, name)).Where(path => path != Unfinished))
        {
            disk.Delete(path);
        }

        disk.FlushDirectory(directory);
    }
}
