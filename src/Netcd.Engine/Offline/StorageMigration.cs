using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Offline;

/// <summary>Says in a database that it is for another version of etcd, where that version can read what the files hold.</summary>
public sealed class StorageMigration(IDisk disk, MemberFiles files, ILogger log)
{
    private static readonly Version First = new(3, 5);

    /// <summary>Before it files say nothing of their version.</summary>
    private static readonly Version FirstWritten = new(3, 6);
    private static readonly Version Last = new(3, 7);

    /// <summary>Does it.</summary>
    /// <param name="target">The version, not before 3.5.</param>
    /// <param name="byForce">Whether to write the version where the files may hold what it cannot read.</param>
    /// <exception cref="OfflineException">There is no database, or it cannot be migrated.</exception>
    /// <exception cref="IOException">The disk fails, or a member has the file.</exception>
    public void Run(Version target, bool byForce)
    {
        files.RequireDatabase(disk);
        try
        {
            using BackendFile file = BackendFile.Open(disk, files.Database);
            BackendView view = file.OpenView();
            try
            {
                Migrate(file, view, target, byForce);
            }
            finally
            {
                view.Release();
            }
        }
        catch (BoltFormatException damaged)
        {
            throw new OfflineException(damaged.Message, damaged);
        }
    }

    private static Version Current(BackendView view) =>
        ClusterMembers.Restore(view).StorageVersion is { } written ? Minor(Version.Parse(written))
        : BackendPosition.Read(view).Term > 0 ? First
        : throw new OfflineException("missing term information");

    private static Version Minor(Version version) => new(version.Major, version.Minor);

    private void Migrate(BackendFile file, BackendView view, Version target, bool byForce)
    {
        Version current = Current(view);
        if (current == target)
        {
            log.StorageVersionIsUpToDate(target.ToString());
            return;
        }

        Version? needed = VersionNeededByLog();
        string? fault = Fault(current, target, needed);
        if (fault is not null && !byForce)
        {
            throw new OfflineException(fault);
        }

        if (fault is not null)
        {
            log.MigratingByForce(fault);
        }

        Write(file, BackendPosition.Read(view), target);
        Tell(current, target, isForced: fault is not null);
    }

    private static string? Fault(Version current, Version target, Version? needed)
    {
        if (current.Major != target.Major)
        {
            return "cannot create migration plan: changing major storage version is not supported";
        }

        Version unknown = target > Last ? new Version(Last.Major, Last.Minor + 1) : current;
        return target > Last || current > Last
            ? $"cannot create migration plan: version \"{unknown}.0\" is not supported"
            : target < current && needed > new Version(target.Major, target.Minor, 0)
                ? $"cannot downgrade storage, WAL contains newer entries, as the target version ({target}.0) is lower than the version "
                    + $"({needed}) detected from WAL logs"
                : null;
    }

    private static void Write(BackendFile file, BackendPosition position, Version target)
    {
        byte[]? text = target < FirstWritten ? null : Encoding.UTF8.GetBytes(target + ".0");
        file.Commit(new BackendBatch
        {
            Changes = [new BucketChange(Schema.Meta.ToArray(), Schema.StorageVersion.ToArray(), text)],
            ConsistentIndex = position.Index,
            Term = position.Term,
        });
    }

    private void Tell(Version current, Version target, bool isForced)
    {
        if (isForced && target < FirstWritten)
        {
            log.ClearedStorageVersion();
        }
        else if (isForced)
        {
            log.ForcedStorageVersion(target.ToString());
        }
        else
        {
            int step = target > current ? 1 : -1;
            for (int minor = current.Minor + step; minor != target.Minor + step; minor += step)
            {
                log.UpdatedStorageVersion(string.Create(CultureInfo.InvariantCulture, $"{target.Major}.{minor}.0"));
            }
        }
    }

    /// <summary>
    /// The version that the entries behind the newest snapshot need. Of all that stands in entries only one request has come since 3.5, by
    /// which etcd tests downgrades, and that says itself which version it needs.
    /// </summary>
    private Version? VersionNeededByLog()
    {
        WalMarker from = files.NewestSnapshot(disk)?.Marker ?? WalMarker.Beginning;
        Version? needed = null;
        foreach (WalEntry entry in LogReader.Read(disk, files.Wal, from).Entries)
        {
            if ((EntryType)entry.Type == EntryType.Normal && !entry.Data.IsEmpty
                && EntrySense.TryReadRequest(entry.Data, out InternalRaftRequest request, out _)
                && request.DowngradeVersionTest is { } test)
            {
                Version named = Version.TryParse(test.Ver, out Version? read) && read > FirstWritten ? read : new Version(3, 6, 0);
                needed = needed is null || named > needed ? named : needed;
            }
        }

        return needed;
    }
}
