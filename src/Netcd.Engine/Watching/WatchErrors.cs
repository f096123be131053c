namespace Netcd.Engine.Watching;

/// <summary>Why a watch is not begun, in etcd's words, and the id that stands for none.</summary>
internal static class WatchErrors
{
    public const long NoId = -1;

    public const string EmptyRange = "mvcc: watcher range is empty";

    public const string DuplicateId = "mvcc: duplicate watch ID provided on the WatchStream";

    /// <summary>A start before all time.</summary>
    public static string Compacted { get; } = Protocol.Errors.EtcdErrors.Compacted.Message;
}
