using System.Buffers.Binary;
using Netcd.Raft;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Backend;

/// <summary>Where a committed state of the backend stands in the log.</summary>
/// <param name="Index">The last entry whose changes it holds.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="ConfState">Raft's configuration there.</param>
internal readonly record struct BackendPosition(ulong Index, ulong Term, ConfState ConfState)
{
    /// <summary>Reads it; a new file stands at 0.</summary>
    public static BackendPosition Read(BackendView view) =>
        view.Transaction.TryGetBucket(Schema.Meta, out BoltBucket? meta)
            ? new BackendPosition(ReadNumber(meta, Schema.ConsistentIndex), ReadNumber(meta, Schema.Term), ReadConfState(meta))
            : new BackendPosition(0, 0, ConfState.Empty);

    private static ulong ReadNumber(BoltBucket bucket, ReadOnlySpan<byte> key) =>
        bucket.TryGet(key, out ReadOnlySpan<byte> value) && value.Length == sizeof(ulong)
            ? BinaryPrimitives.ReadUInt64BigEndian(value)
            : 0;

    private static ConfState ReadConfState(BoltBucket meta) =>
        meta.TryGet(Schema.ConfState, out ReadOnlySpan<byte> json) ? ConfStateJson.Decode(json) : ConfState.Empty;
}
