using System.Globalization;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Snapshots;

/// <summary>
/// The snapshot files of a member (<c>member/snap/*.snap</c>). The database that they belong to lies in the same directory
/// and is none of this class's business, except the temporary files that its rewriting may leave.
/// </summary>
public sealed class SnapshotDirectory
{
    private const string TemporarySuffix = ".snap.tmp";
    private const string BrokenSuffix = ".broken";

    private const string DatabaseSuffix = ".snap.db";

    // A database being rewritten (defragmented), and one being received from a peer, as etcd names them.
    private static readonly string[] TemporaryPrefixes = ["db.tmp", "tmp"];

    private readonly IDisk disk;
    private readonly string directory;

    /// <summary>Opens the directory, creates it where it is missing, and removes the temporary files of an earlier process.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public SnapshotDirectory(IDisk disk, string directory)
    {
        ArgumentNullException.ThrowIfNull(disk);
        this.disk = disk;
        this.directory = directory;
        disk.CreateDirectory(directory);
        RemoveTemporaries();
    }

    /// <summary>Writes a snapshot file; when this returns it is on stable storage, and the log's marker may be written.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Save(SnapshotFile snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentOutOfRangeException.ThrowIfZero(snapshot.Index, nameof(snapshot));
        string path = Path.Combine(directory, snapshot.Name);
        string temporary = path[..^SnapshotFile.Suffix.Length] + TemporarySuffix;
        disk.Delete(temporary);
        try
        {
            using IDiskFile file = disk.Open(temporary, DiskOpenMode.CreateNew);
            file.WriteAt(0, snapshot.Encode());
            file.Flush();
        }
        catch (IOException full) when (DiskErrors.IsLackOfRoom(full))
        {
            disk.Delete(temporary);
            throw;
        }

        disk.Rename(temporary, path);
        disk.FlushDirectory(directory);
    }

    /// <summary>
    /// Loads the newest snapshot that the log has a marker for. Files that cannot be read are renamed to end in
    /// <c>.broken</c> and left out.
    /// </summary>
    /// <param name="validMarkers">What <see cref="WriteAheadLog.ReadMarkers"/> gave.</param>
    /// <param name="broken">The files renamed, with the reason.</param>
    /// <returns>The snapshot; null where there is none.</returns>
    public SnapshotFile? LoadNewest(IReadOnlyList<WalMarker> validMarkers, out IReadOnlyList<BrokenSnapshot> broken)
    {
        ArgumentNullException.ThrowIfNull(validMarkers);
        HashSet<(ulong Index, ulong Term)> valid = [];
        foreach (WalMarker marker in validMarkers)
        {
            valid.Add((marker.Index, marker.Term));
        }

        List<BrokenSnapshot> failed = [];
        broken = failed;
        List<string> names = List();
        for (int i = names.Count - 1; i >= 0; i--)
        {
            SnapshotFile? snapshot = TryLoad(names[i], failed);
            if (snapshot is not null && valid.Contains((snapshot.Index, snapshot.Term)))
            {
                return snapshot;
            }
        }

        return null;
    }

    /// <summary>The position of the newest snapshot by its file's name; <see cref="WalMarker.Beginning"/> where there is none.</summary>
    public WalMarker NewestNamed()
    {
        string name = List().LastOrDefault(static name => name.Length == SnapshotFile.NameLength) ?? "";
        return name.Length > 0
            && ulong.TryParse(name.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong term)
            && ulong.TryParse(name.AsSpan(17, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong index)
            ? new WalMarker(index, term, default)
            : WalMarker.Beginning;
    }

    /// <summary>
    /// Deletes the oldest snapshot files up to the newest one while they are more than <paramref name="keep"/>, and those ahead of
    /// it: their crash came before their markers, and they must not count in place of one that a start can choose.
    /// </summary>
    /// <param name="keep">How many to keep.</param>
    /// <param name="newest">The newest that the log has a marker for.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">None is to be kept.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public int Purge(int keep, SnapshotFile newest)
    {
        ArgumentNullException.ThrowIfNull(newest);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        List<string> names = List().FindAll(static name => name.Length == SnapshotFile.NameLength);
        int end = names.FindLastIndex(name => string.CompareOrdinal(name, newest.Name) <= 0) + 1;
        List<string> surplus = [.. names.Take(Math.Max(0, end - keep)), .. names.Skip(end)];
        foreach (string name in surplus)
        {
            disk.Delete(Path.Combine(directory, name));
        }

        if (surplus.Count > 0)
        {
            disk.FlushDirectory(directory);
        }

        return surplus.Count;
    }

    /// <summary>Reads one snapshot file and changes nothing.</summary>
    /// <exception cref="InvalidDataException">It is none, or is damaged.</exception>
    public static SnapshotFile Read(IDisk disk, string path)
    {
        ArgumentNullException.ThrowIfNull(disk);
        using IDiskFile file = disk.Open(path, DiskOpenMode.ReadOnly);
        if (file.Length > Array.MaxLength)
        {
            throw new InvalidDataException("too long for a snapshot file");
        }

        byte[] bytes = new byte[file.Length];
        return file.ReadAt(0, bytes) == bytes.Length ? SnapshotFile.Decode(bytes) : throw new InvalidDataException("it ends early");
    }

    /// <summary>Deletes the databases received with snapshots (<c>INDEX.snap.db</c>) older than the index; returns how many.</summary>
    public int PurgeDatabases(ulong belowIndex)
    {
        int deleted = 0;
        foreach (string name in disk.List(directory))
        {
            ReadOnlySpan<char> digits = name.AsSpan(0, Math.Max(0, name.Length - DatabaseSuffix.Length));
            if (name.EndsWith(DatabaseSuffix, StringComparison.Ordinal)
                && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong index)
                && index < belowIndex)
            {
                disk.Delete(Path.Combine(directory, name));
                deleted++;
            }
        }

        if (deleted > 0)
        {
            disk.FlushDirectory(directory);
        }

        return deleted;
    }

    private SnapshotFile? TryLoad(string name, List<BrokenSnapshot> failed)
    {
        string path = Path.Combine(directory, name);
        try
        {
            SnapshotFile snapshot = Read(disk, path);
            return snapshot.Name == name ? snapshot : throw new InvalidDataException($"it holds {snapshot.Name}");
        }
        catch (InvalidDataException failure)
        {
            disk.Rename(path, path + BrokenSuffix);
            disk.FlushDirectory(directory);
            failed.Add(new BrokenSnapshot(path, failure.Message));
            return null;
        }
    }

    // Fixed-width hexadecimal: the order of the names is that of term and index.
    private List<string> List() =>
    [
        .. disk.List(directory)
            .Where(static name => name.EndsWith(SnapshotFile.Suffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private void RemoveTemporaries()
    {
        bool removed = false;
        foreach (string name in disk.List(directory))
        {
            if (name.EndsWith(TemporarySuffix, StringComparison.Ordinal)
                || Array.Exists(TemporaryPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                disk.Delete(Path.Combine(directory, name));
                removed = true;
            }
        }

        if (removed)
        {
            disk.FlushDirectory(directory);
        }
    }
}
