using System.Globalization;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Offline;

/// <summary>Where the files of a member lie that is not running.</summary>
/// <param name="DataDirectory">Its data directory.</param>
/// <param name="WalDirectory">The directory of its log, where that lies elsewhere.</param>
public sealed record MemberFiles(string DataDirectory, string? WalDirectory = null)
{
    /// <summary>The directory of the database and of raft's snapshots.</summary>
    public string Snapshots => Path.Combine(DataDirectory, "member", "snap");

    /// <summary>The database.</summary>
    public string Database => Path.Combine(Snapshots, "db");

    /// <summary>The directory of the log.</summary>
    public string Wal => WalDirectory ?? Path.Combine(DataDirectory, "member", "wal");

    /// <summary>Fails where there is no database: opening one would make it.</summary>
    /// <exception cref="OfflineException">There is none.</exception>
    public void RequireDatabase(IDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (!disk.FileExists(Database))
        {
            throw new OfflineException($"stat {Database}: no such file or directory");
        }
    }

    /// <summary>The path of raft's newest snapshot that the log knows of, and where it stands; null where there is none. Changes
    /// nothing.</summary>
    internal (string Path, WalMarker Marker)? NewestSnapshot(IDisk disk)
    {
        if (!disk.DirectoryExists(Wal))
        {
            throw new OfflineException($"open {Wal}: no such file or directory");
        }

        foreach (WalMarker marker in WriteAheadLog.ReadMarkers(disk, Wal).OrderByDescending(static known => known.Index))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{marker.Term:x16}-{marker.Index:x16}.snap");
            string path = Path.Combine(Snapshots, name);
            if (marker.Index > 0 && disk.FileExists(path))
            {
                return (path, marker);
            }
        }

        return null;
    }
}
