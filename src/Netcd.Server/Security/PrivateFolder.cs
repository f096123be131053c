using System.Globalization;
using Microsoft.Extensions.Logging;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Server.Security;

/// <summary>Folders that only the user of the server may look into: those that it makes are, others it warns of.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    /// <summary>Makes a folder and those above it, or warns of one that others may look into.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="log">Where it warns.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Provide(string path, ILogger log)
    {
        if (Directory.Exists(path))
        {
            Check(path, log);
        }
        else
        {
            PhysicalDisk.Instance.CreateDirectory(path);
        }
    }

    /// <summary>
    /// Looks at the folders of a member before they are used. A log's folder that somebody made beforehand becomes the member's own,
    /// as in etcd, which puts a new one in its place.
    /// </summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="walDirectory">The write-ahead log's folder, where it is another than the usual one.</param>
    /// <param name="log">Where it warns.</param>
    public static void CheckMember(string dataDirectory, string? walDirectory, ILogger log)
    {
        string member = Path.Combine(dataDirectory, "member");
        foreach (string path in (string[])[dataDirectory, Path.Combine(member, "snap"), member])
        {
            Check(path, log);
        }

        string wal = walDirectory ?? Path.Combine(member, "wal");
        if (!OperatingSystem.IsWindows() && Directory.Exists(wal) && !WriteAheadLog.Exists(PhysicalDisk.Instance, wal))
        {
            File.SetUnixFileMode(wal, Private);
        }
    }

    private static void Check(string path, ILogger log)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(path))
        {
            return;
        }

        UnixFileMode mode = File.GetUnixFileMode(path);
        if ((mode & Permissions) != Private)
        {
            string reason = string.Create(
                CultureInfo.InvariantCulture,
                $"directory \"{path}\" exist, but the permission is \"{Text(mode)}\". The recommended permission is \"-rwx------\" to "
                    + $"prevent possible unprivileged access to the data");
            log.CheckFilePermission(reason);
        }
    }

    /// <summary>A directory's mode as Go writes it.</summary>
    private static string Text(UnixFileMode mode)
    {
        string special = (mode.HasFlag(UnixFileMode.SetUser) ? "u" : "") + (mode.HasFlag(UnixFileMode.SetGroup) ? "g" : "")
            + (mode.HasFlag(UnixFileMode.StickyBit) ? "t" : "");
        return "d" + special + string.Concat("rwxrwxrwx".Select((letter, at) => ((int)mode & (1 << (8 - at))) != 0 ? letter : '-'));
    }
}
