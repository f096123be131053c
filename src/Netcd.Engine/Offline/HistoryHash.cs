using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.Errors;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Offline;

/// <summary>The sum of a store's history that members compare, read from its file.</summary>
/// <param name="Hash">The sum.</param>
/// <param name="Revision">The revision summed up to.</param>
/// <param name="CompactRevision">The revision compacted to; -1 for none.</param>
public sealed record HistoryHash(uint Hash, long Revision, long CompactRevision)
{
    /// <summary>Sums up the history.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">A database or a snapshot.</param>
    /// <param name="revision">The last revision to include; 0 for the store's.</param>
    /// <param name="seed">The secret of the tables that it fills.</param>
    /// <exception cref="OfflineException">There is no such file, or it holds no such revision.</exception>
    public static HistoryHash Read(IDisk disk, string path, long revision, HashSeed seed)
    {
        using BoltDatabase database = OfflineDatabase.Open(disk, path);
        try
        {
            BackendView view = new(database.BeginRead());
            MvccStore store = MvccStore.Restore(view, seed);
            EtcdError? refused = StoreHash.HashKv(store.Working, revision, out uint hash, out long at);
            HistoryHash found = new(hash, at, store.CompactRevision);
            store.Close();
            return refused is null ? found : throw new OfflineException(InStore(refused.Message));
        }
        catch (Exception damaged) when (damaged is InvalidDataException or BoltFormatException)
        {
            throw new OfflineException($"{path}: {damaged.Message}", damaged);
        }
    }

    /// <summary>What the store says of an error, without the server's name before it.</summary>
    private static string InStore(string message) =>
        message[(message.IndexOf("mvcc:", StringComparison.Ordinal) is var at and > 0 ? at : 0)..];
}
