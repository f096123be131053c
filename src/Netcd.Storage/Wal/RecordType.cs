namespace Netcd.Storage.Wal;

/// <summary>What a record of the log holds; the numbers are etcd's.</summary>
internal enum RecordType
{
    /// <summary>The owner's opaque bytes (node and cluster id), second in every segment.</summary>
    Metadata = 1,

    /// <summary>A raftpb.Entry.</summary>
    Entry = 2,

    /// <summary>A raftpb.HardState.</summary>
    HardState = 3,

    /// <summary>No data; carries the sum that the records before ended with. First in every segment.</summary>
    Sum = 4,

    /// <summary>A walpb.Snapshot: a snapshot of that index and term exists.</summary>
    Marker = 5,
}
