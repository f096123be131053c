using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Offline;

/// <summary>A database, or a snapshot of one, that nobody writes to, opened to be looked at.</summary>
public static class OfflineDatabase
{
    /// <summary>Opens it for reading alone; nobody can write to it meanwhile.</summary>
    /// <exception cref="OfflineException">It is not there, or is no database.</exception>
    /// <exception cref="DiskLockedException">A member has it.</exception>
    public static BoltDatabase Open(IDisk disk, string path)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (disk.DirectoryExists(path))
        {
            throw new OfflineException($"{path} is a directory and no database");
        }

        if (!disk.FileExists(path))
        {
            throw new OfflineException($"stat {path}: no such file or directory");
        }

        try
        {
            return BoltDatabase.Open(disk, path, new BoltOptions { ReadOnly = true, KeepsWritersOut = true });
        }
        catch (BoltFormatException none)
        {
            throw new OfflineException(none.Message, none);
        }
    }
}
