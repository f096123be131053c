using Netcd.Engine;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;
using Netcd.Server.Running;

namespace Netcd.Server.Services;

/// <summary>The KV service, whatever transport calls it.</summary>
public sealed class KvHandlers(EngineClient gate)
{
    private readonly EtcdNode node = gate.Node;
    private readonly LowShareThreads reads = new("netcd-reads", Math.Max(1, Environment.ProcessorCount / 2), ServiceLimits.WaitingReads);
    private readonly MemoryBudget lists = new(ServiceLimits.RangeListBytes);

    /// <summary>Reads keys. The answer points into the store: dispose it when it is encoded.</summary>
    /// <exception cref="EtcdException">The request is wrong, or its revision is compacted or in the future.</exception>
    public async ValueTask<RangeAnswer> RangeAsync(RangeRequest request, CallContext context)
    {
        long began = node.Metrics.Clock.Now;
        gate.Admit(context, isForLearners: request.Serializable);
        RequestChecks.Check(request).ThrowIfError();
        if (!request.Serializable)
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        AuthIdentity user = await gate.AuthorizeAsync(Calls.Range, context).ConfigureAwait(false);
        return Read(request, user, began, null, CancellationToken.None);
    }

    /// <summary>Whether a Range looks at so many keys that it is to be read by <see cref="LongRangeAsync"/>.</summary>
    /// <remarks>Hot path: of what asks for one key, or for few of many, nothing is looked at.</remarks>
    public bool IsLong(RangeRequest request)
    {
        if (request.RangeEnd.IsEmpty || request.CountOnly)
        {
            return false;
        }

        using ReadHandle handle = node.Reads.Acquire();
        return handle.KeysToRead(request) > ServiceLimits.KeysOnPool;
    }

    /// <summary>Reads very many keys, on a thread that gives way to others, when there is memory for the list of them.</summary>
    /// <exception cref="EtcdException">The request is wrong, its revision is compacted or in the future, or too many wait.</exception>
    public async ValueTask<RangeAnswer> LongRangeAsync(RangeRequest request, CallContext context)
    {
        long began = node.Metrics.Clock.Now;
        gate.Admit(context, isForLearners: request.Serializable);
        RequestChecks.Check(request).ThrowIfError();
        if (!request.Serializable)
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        AuthIdentity user = await gate.AuthorizeAsync(Calls.Range, context).ConfigureAwait(false);
        node.Auth.CheckRead(user, request.Key.Span, request.RangeEnd.Span).ThrowIfError();
        MemoryBudget.Share share = await lists.TakeAsync(ListBytes(request), context.Cancellation).ConfigureAwait(false);
        try
        {
            return await reads
                .RunAsync(cancellation => Read(request, user, began, share, cancellation), context.Cancellation).ConfigureAwait(false);
        }
        catch
        {
            share.Dispose();
            throw;
        }
    }

    /// <summary>Writes a key.</summary>
    /// <exception cref="EtcdException">The request is wrong, or failed by rule.</exception>
    /// <remarks>Hot path: where nobody has to log in and there is room, the request is on its way at once.</remarks>
    public ValueTask<PutResponse> PutAsync(PutRequest request, CallContext context)
    {
        gate.Admit(context);
        RequestChecks.Check(request).ThrowIfError();
        return node.Auth.IsEnabled || !gate.HasRoom(QuotaCost(request))
            ? PutCheckedAsync(request, context)
            : gate.ProposeAsync<PutResponse>(new InternalRaftRequest { Put = request }, AuthIdentity.None, context);
    }

    private async ValueTask<PutResponse> PutCheckedAsync(PutRequest request, CallContext context)
    {
        AuthIdentity user = await gate
            .AuthorizeAsync(Calls.Put, static (users, who, put) => AccessCheck.Check(users, who, put), request, context)
            .ConfigureAwait(false);
        await gate.CheckQuotaAsync(QuotaCost(request), context).ConfigureAwait(false);
        return await gate.ProposeAsync<PutResponse>(new InternalRaftRequest { Put = request }, user, context).ConfigureAwait(false);
    }

    /// <summary>Deletes keys.</summary>
    /// <exception cref="EtcdException">The request is wrong, or failed by rule.</exception>
    public async ValueTask<DeleteRangeResponse> DeleteRangeAsync(DeleteRangeRequest request, CallContext context)
    {
        gate.Admit(context);
        RequestChecks.Check(request).ThrowIfError();
        AuthIdentity user = await gate
            .AuthorizeAsync(Calls.DeleteRange, static (users, who, deletion) => AccessCheck.Check(users, who, deletion), request, context)
            .ConfigureAwait(false);
        return await gate
            .ProposeAsync<DeleteRangeResponse>(new InternalRaftRequest { DeleteRange = request }, user, context).ConfigureAwait(false);
    }

    /// <summary>Runs a transaction: through the log where it writes, else at one state of the store.</summary>
    /// <exception cref="EtcdException">The request is wrong, or failed by rule.</exception>
    public ValueTask<TxnResponse> TxnAsync(TxnRequest request, CallContext context)
    {
        gate.Admit(context);
        RequestChecks.Check(request, node.Options.MaxTxnOps).ThrowIfError();
        return NodeReads.IsReadOnly(request) ? ReadTxnAsync(request, context) : WriteTxnAsync(request, context);
    }

    /// <summary>Makes older revisions unreadable and frees their room.</summary>
    /// <exception cref="EtcdException">The revision is compacted already, or in the future.</exception>
    public async ValueTask<CompactionResponse> CompactAsync(CompactionRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.Compact, context).ConfigureAwait(false);
        return await gate
            .ProposeAsync<CompactionResponse>(new InternalRaftRequest { Compaction = request }, user, context).ConfigureAwait(false);
    }

    /// <summary>Reads keys in pieces, all at one revision.</summary>
    /// <param name="request">A Range in key order without revision filters.</param>
    /// <param name="write">Takes a piece.</param>
    /// <param name="context">The call.</param>
    /// <exception cref="EtcdException">The request is wrong, or its revision is compacted or in the future.</exception>
    public async ValueTask RangeStreamAsync(RangeRequest request, Func<RangeResponse, ValueTask> write, CallContext context)
    {
        gate.Admit(context);
        RequestChecks.CheckStream(request).ThrowIfError();
        if (!request.Serializable)
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        AuthIdentity user = await gate.AuthorizeAsync(Calls.RangeStream, context).ConfigureAwait(false);
        await RangeStreaming.RunAsync(node, request, user, write, context.Cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads what may be read. Rights are looked at when the state of the store is taken: nobody reads by a right what was
    /// written after it was taken away.</summary>
    private RangeAnswer Read(
        RangeRequest request, AuthIdentity user, long callBegan, IDisposable? held, CancellationToken cancellation)
    {
        long began = node.Metrics.Clock.Now;
        ReadHandle handle = node.Reads.Acquire();
        try
        {
            AuthTable users = node.Auth;
            (users.CheckRead(user, request.Key.Span, request.RangeEnd.Span) ?? users.CheckSame(user)).ThrowIfError();
            RangeResult result = handle.Range(request, cancellation);
            node.Metrics.Store.CountRange();
            long ended = node.Metrics.Clock.Now;
            node.Metrics.Apply.ObserveRange(result.Error is null, ended - began);
            node.SlowRequests.NoteRange(ended - callBegan, request, result);
            return result.Error is null
                ? new RangeAnswer(handle, result, node.Header(result.Revision), held)
                : throw result.Error.ToException();
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private long ListBytes(RangeRequest request)
    {
        using ReadHandle handle = node.Reads.Acquire();
        return handle.KeysToRead(request) * ServiceLimits.RangeListBytesPerKey;
    }

    /// <summary>Whether a transaction that only reads looks at very many keys.</summary>
    private bool IsLong(TxnRequest request) => request.Success.Concat(request.Failure).Any(operation => operation.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestRange => IsLong(operation.RequestRange),
        RequestOp.RequestOneofCase.RequestTxn => IsLong(operation.RequestTxn),
        _ => false,
    });

    private async ValueTask<TxnResponse> ReadTxnAsync(TxnRequest request, CallContext context)
    {
        long began = node.Metrics.Clock.Now;
        node.Proposals.CheckCost(request).ThrowIfError();
        if (!NodeReads.IsSerializable(request))
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        AuthIdentity user = await gate.AuthorizeAsync(Calls.Txn, context).ConfigureAwait(false);
        AccessCheck.Check(node.Auth, user, request).ThrowIfError();
        return IsLong(request)
            ? await reads.RunAsync(cancellation => ReadTxn(request, user, began, cancellation), context.Cancellation).ConfigureAwait(false)
            : ReadTxn(request, user, began, CancellationToken.None);
    }

    private TxnResponse ReadTxn(TxnRequest request, AuthIdentity user, long callBegan, CancellationToken cancellation)
    {
        using ReadHandle handle = node.Reads.Acquire();
        AuthTable users = node.Auth;
        (AccessCheck.Check(users, user, request) ?? users.CheckSame(user)).ThrowIfError();
        try
        {
            ApplyResult result = NodeReads.Txn(handle, request, node.Metrics.Store, cancellation);
            TxnResponse? response = (TxnResponse?)result.Response;
            node.SlowRequests.NoteTxn(node.Metrics.Clock.Now - callBegan, request, response, result.Error);
            result.Error.ThrowIfError();
            response!.Header = node.Header(response.Header.Revision);
            return response;
        }
        catch (AnswerTooLargeException failure)
        {
            AnswerSize.Check(failure.Bytes);
            throw;
        }
    }

    private async ValueTask<TxnResponse> WriteTxnAsync(TxnRequest request, CallContext context)
    {
        AuthIdentity user = await gate
            .AuthorizeAsync(Calls.Txn, static (users, who, txn) => AccessCheck.Check(users, who, txn), request, context)
            .ConfigureAwait(false);
        await gate.CheckQuotaAsync(QuotaCost(request), context).ConfigureAwait(false);
        return await gate.ProposeAsync<TxnResponse>(new InternalRaftRequest { Txn = request }, user, context).ConfigureAwait(false);
    }

    private static long QuotaCost(PutRequest request) => request.Key.Length + request.Value.Length;

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
