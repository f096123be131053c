using Netcd.Engine;
using Netcd.Engine.Apply;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Server.Services;

/// <summary>The KV service, whatever transport calls it.</summary>
public sealed class KvHandlers(EngineGate gate)
{
    private readonly EtcdNode node = gate.Node;

    /// <summary>Reads keys. The answer points into the store: dispose it when it is encoded.</summary>
    /// <exception cref="EtcdException">The request is wrong, or its revision is compacted or in the future.</exception>
    public async ValueTask<RangeAnswer> RangeAsync(RangeRequest request, CallContext context)
    {
        gate.Admit(context, isForLearners: request.Serializable);
        Throw(RequestChecks.Check(request));
        if (!request.Serializable)
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        return Read(request);
    }

    /// <summary>Writes a key.</summary>
    /// <exception cref="EtcdException">The request is wrong, or failed by rule.</exception>
    public async ValueTask<PutResponse> PutAsync(PutRequest request, CallContext context)
    {
        gate.Admit(context);
        Throw(RequestChecks.Check(request));
        await gate.CheckQuotaAsync(request.Key.Length + request.Value.Length, context).ConfigureAwait(false);
        PutResponse response = await gate.ProposeAsync<PutResponse>(new InternalRaftRequest { Put = request }, context).ConfigureAwait(false);
        response.Header = node.Header(response.Header.Revision);
        return response;
    }

    /// <summary>Deletes keys.</summary>
    /// <exception cref="EtcdException">The request is wrong, or failed by rule.</exception>
    public async ValueTask<DeleteRangeResponse> DeleteRangeAsync(DeleteRangeRequest request, CallContext context)
    {
        gate.Admit(context);
        Throw(RequestChecks.Check(request));
        DeleteRangeResponse response = await gate
            .ProposeAsync<DeleteRangeResponse>(new InternalRaftRequest { DeleteRange = request }, context).ConfigureAwait(false);
        response.Header = node.Header(response.Header.Revision);
        return response;
    }

    /// <summary>Runs a transaction: through the log where it writes, else at one state of the store.</summary>
    /// <exception cref="EtcdException">The request is wrong, or failed by rule.</exception>
    public async ValueTask<TxnResponse> TxnAsync(TxnRequest request, CallContext context)
    {
        gate.Admit(context);
        Throw(RequestChecks.Check(request, node.Options.MaxTxnOps));
        Throw(node.CheckCost(request));
        TxnResponse response = EtcdNode.IsReadOnly(request)
            ? await ReadTxnAsync(request, context).ConfigureAwait(false)
            : await WriteTxnAsync(request, context).ConfigureAwait(false);
        response.Header = node.Header(response.Header.Revision);
        return response;
    }

    /// <summary>Makes older revisions unreadable and frees their room.</summary>
    /// <exception cref="EtcdException">The revision is compacted already, or in the future.</exception>
    public async ValueTask<CompactionResponse> CompactAsync(CompactionRequest request, CallContext context)
    {
        gate.Admit(context);
        CompactionResponse response = await gate
            .ProposeAsync<CompactionResponse>(new InternalRaftRequest { Compaction = request }, context).ConfigureAwait(false);
        response.Header = node.Header(response.Header.Revision);
        return response;
    }

    /// <summary>Reads keys in pieces, all at one revision.</summary>
    /// <param name="request">A Range in key order without revision filters.</param>
    /// <param name="write">Takes a piece.</param>
    /// <param name="context">The call.</param>
    /// <exception cref="EtcdException">The request is wrong, or its revision is compacted or in the future.</exception>
    public async ValueTask RangeStreamAsync(RangeRequest request, Func<RangeResponse, ValueTask> write, CallContext context)
    {
        gate.Admit(context);
        Throw(RequestChecks.CheckStream(request));
        if (!request.Serializable)
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        await RangeStreaming.RunAsync(node, request, write, context.Cancellation).ConfigureAwait(false);
    }

    private static void Throw(EtcdError? error)
    {
        if (error is not null)
        {
            throw error.ToException();
        }
    }

    private RangeAnswer Read(RangeRequest request)
    {
        ReadLease lease = node.Acquire();
        RangeResult result = EtcdNode.Range(lease, request);
        if (result.Error is not null)
        {
            lease.Dispose();
            throw result.Error.ToException();
        }

        return new RangeAnswer(lease, result, node.Header(result.Revision));
    }

    private async ValueTask<TxnResponse> ReadTxnAsync(TxnRequest request, CallContext context)
    {
        if (!EtcdNode.IsSerializable(request))
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        using ReadLease lease = node.Acquire();
        ApplyResult result = EtcdNode.ReadTxn(lease, request);
        return result.Error is null ? (TxnResponse)result.Response! : throw result.Error.ToException();
    }

    private async ValueTask<TxnResponse> WriteTxnAsync(TxnRequest request, CallContext context)
    {
        await gate.CheckQuotaAsync(QuotaCost(request), context).ConfigureAwait(false);
        return await gate.ProposeAsync<TxnResponse>(new InternalRaftRequest { Txn = request }, context).ConfigureAwait(false);
    }

    /// <summary>What the dearer branch of a transaction may add, those of nested transactions included.</summary>
    private static long QuotaCost(TxnRequest request) => Math.Max(QuotaCost(request.Success), QuotaCost(request.Failure));

    private static long QuotaCost(IEnumerable<RequestOp> branch)
    {
        long bytes = 0;
        foreach (RequestOp operation in branch)
        {
            bytes += operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestPut =>
                    operation.RequestPut.Key.Length + operation.RequestPut.Value.Length + Limits.QuotaRequestOverheadBytes,
                RequestOp.RequestOneofCase.RequestTxn => QuotaCost(operation.RequestTxn),
                _ => 0,
            };
        }

        return bytes;
    }
}
