using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;

namespace Netcd.Engine.Offline;

/// <summary>Whether users have stored something by etcd's API of version 2, which etcd 3.6 has no more, and netcd never had.</summary>
public static class CustomV2Content
{
    /// <summary>Fails where they have, as far as raft's newest snapshot says.</summary>
    /// <exception cref="OfflineException">They have, or the files cannot be read.</exception>
    public static void Refuse(IDisk disk, MemberFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.NewestSnapshot(disk) is not { } newest)
        {
            return;
        }

        try
        {
            if (V2StoreImage.HasCustomContent(SnapshotDirectory.Read(disk, newest.Path).Data))
            {
                throw new OfflineException("detected custom content in v2store");
            }
        }
        catch (InvalidDataException damaged)
        {
            throw new OfflineException($"failed to recover v2store from snapshot: {newest.Path}: {damaged.Message}", damaged);
        }
    }
}
