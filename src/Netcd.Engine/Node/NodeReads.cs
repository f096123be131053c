using Netcd.Engine.Apply;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Requests;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Node;

/// <summary>Reading the store: what needs no entry of the log. For any thread.</summary>
public sealed class NodeReads
{
    private readonly ReplicatedState state;
    private readonly ConsensusPort consensus;

    internal NodeReads(ReplicatedState state, ConsensusPort consensus)
    {
        this.state = state;
        this.consensus = consensus;
    }

    /// <summary>Whether a linearizable read may be answered from local state at once: see <see cref="Confirm"/> otherwise.</summary>
    public bool AreCurrent => consensus.Position.IsReadableAtOnce;

    /// <summary>Has local state confirmed as current; <see cref="PendingRead.Complete"/> is called when it is.</summary>
    public void Confirm(PendingRead read) => consensus.Read(read);

    /// <summary>Takes the store for reading; what is read from it is valid until the handle is disposed.</summary>
    public ReadHandle Acquire() => state.Acquire();

    /// <summary>Runs a checked Txn that writes nothing.</summary>
    /// <exception cref="AnswerTooLargeException">No message can hold the answer.</exception>
    public static ApplyResult Txn(
        ReadHandle handle, TxnRequest request, StoreMetrics? metrics = null, CancellationToken cancellation = default) =>
        TxnApplier.Read(handle.State, request, metrics, cancellation);

    /// <summary>Whether a Txn writes nothing, so that it need not go through the log.</summary>
    public static bool IsReadOnly(TxnRequest request) => TxnApplier.IsReadOnly(request);

    /// <summary>Whether all reads of a read-only Txn may be answered from local state.</summary>
    public static bool IsSerializable(TxnRequest request) => TxnApplier.IsSerializable(request);

    /// <summary>The sums that compactions have noted, the newest first: in memory, and as many as etcd keeps.</summary>
    public IReadOnlyList<RecordedHash> CompactionSums => state.Sums.NewestFirst;

    /// <summary>
    /// The HashKV sum up to a revision (0: the present one). At a revision that was compacted to it is the one noted then.
    /// </summary>
    /// <returns>An error for a compacted or future revision, else null.</returns>
    public EtcdError? HashKv(ReadHandle handle, long revision, out HashKVResponse response, CancellationToken cancellation = default)
    {
        if (state.Sums.TryGet(revision, out RecordedHash? noted))
        {
            response = new HashKVResponse { Hash = noted.Hash, CompactRevision = noted.Previous, HashRevision = noted.Revision };
            return null;
        }

        EtcdError? error = StoreHash.HashKv(handle.State, revision, out uint hash, out long hashRevision, cancellation);
        response = new HashKVResponse { Hash = hash, CompactRevision = handle.State.CompactRevision, HashRevision = hashRevision };
        return error;
    }
}
