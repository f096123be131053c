namespace Netcd.Client.Transactions;

/// <summary>What others' changes may do to an <see cref="OptimisticTransaction"/>.</summary>
public enum Isolation
{
    /// <summary>All is read as of the first read's revision; nothing that was read or is written has changed since. The default.</summary>
    SerializableSnapshot,

    /// <summary>All is read as of the first read's revision; nothing that was read has changed since.</summary>
    Serializable,

    /// <summary>A key that is read again is the same; nothing that was read has changed since. Keys may be of different revisions, and may
    /// lag behind.</summary>
    RepeatableReads,

    /// <summary>What is read was committed at some time. Nothing is checked.</summary>
    ReadCommitted,
}
