using Google.Protobuf.Collections;
using Netcd.Engine.Auth;
using Netcd.Engine.Leases;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>Whether who proposed an entry may do what it asks for: decided by every member when it applies the entry, as the log orders
/// it among the changes of users and roles.</summary>
public static class AccessCheck
{
    /// <summary>Why an entry is refused, or null.</summary>
    /// <remarks>Hot path where users count: once for each entry. Where they do not it costs a look at a flag.</remarks>
    internal static EtcdError? Check(ReplicatedState state, InternalRaftRequest request)
    {
        AuthTable table = state.Auth;
        if (!table.IsEnabled)
        {
            return null;
        }

        AuthIdentity caller = request.Header is { } header ? new AuthIdentity(header.Username, header.AuthRevision) : AuthIdentity.None;
        return Calls.DecidedAtApply(request)?.Access switch
        {
            Access.Root => table.CheckRoot(caller),
            Access.Keys => CheckKeys(table, caller, request, state.Leases),
            Access.LeaseKeys => CheckLease(table, caller, request.LeaseRevoke.ID, state.Leases),
            _ => null,
        };
    }

    /// <summary>Why a transaction's keys are refused, or null. The keys of leases that it puts keys on are not looked at.</summary>
    public static EtcdError? Check(AuthTable table, AuthIdentity caller, TxnRequest request) => Check(table, caller, request, null);

    /// <summary>Why a put's key is refused, or null. The keys of a lease that it is put on are not looked at.</summary>
    public static EtcdError? Check(AuthTable table, AuthIdentity caller, PutRequest request) => Check(table, caller, request, null);

    /// <summary>Why a transaction's keys are refused, or null; those of nested ones are looked at as well, in whatever branch.</summary>
    /// <param name="table">Users and roles.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="request">The transaction.</param>
    /// <param name="leases">The leases, whose keys are looked at where a key is put on one; null where they are not at hand.</param>
    internal static EtcdError? Check(AuthTable table, AuthIdentity caller, TxnRequest request, LeaseTable? leases)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(request);
        foreach (Compare compare in request.Compare)
        {
            if (table.CheckRead(caller, compare.Key.Span, compare.RangeEnd.Span) is { } refusal)
            {
                return refusal;
            }
        }

        return Check(table, caller, request.Success, leases) ?? Check(table, caller, request.Failure, leases);
    }

    /// <summary>Why a put is refused, or null.</summary>
    internal static EtcdError? Check(AuthTable table, AuthIdentity caller, PutRequest request, LeaseTable? leases) =>
        table.CheckWrite(caller, request.Key.Span, [])
            ?? (request.Lease != 0 && leases is not null ? CheckLease(table, caller, request.Lease, leases) : null)
            ?? (request.PrevKv ? table.CheckRead(caller, request.Key.Span, []) : null);

    /// <summary>Why a deletion is refused, or null.</summary>
    public static EtcdError? Check(AuthTable table, AuthIdentity caller, DeleteRangeRequest request) =>
        table.CheckWrite(caller, request.Key.Span, request.RangeEnd.Span)
            ?? (request.PrevKv ? table.CheckRead(caller, request.Key.Span, request.RangeEnd.Span) : null);

    /// <summary>Why a lease is refused, or null: who ends a lease, or keeps it alive, decides about all its keys.</summary>
    internal static EtcdError? CheckLease(AuthTable table, AuthIdentity caller, long id, LeaseTable leases) =>
        leases.TryFind(id, out GrantedLease? lease) && !table.IsUnlimited(caller) ? LeaseRights.CheckWrite(lease, table, caller) : null;

    private static EtcdError? CheckKeys(AuthTable table, AuthIdentity caller, InternalRaftRequest request, LeaseTable leases) =>
        request switch
        {
            { Put: { } put } => Check(table, caller, put, leases),
            { Txn: { } txn } => Check(table, caller, txn, leases),
            { DeleteRange: { } deletion } => Check(table, caller, deletion),
            _ => null,
        };

    private static EtcdError? Check(AuthTable table, AuthIdentity caller, RepeatedField<RequestOp> branch, LeaseTable? leases)
    {
        foreach (RequestOp operation in branch)
        {
            EtcdError? refusal = operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange =>
                    table.CheckRead(caller, operation.RequestRange.Key.Span, operation.RequestRange.RangeEnd.Span),
                RequestOp.RequestOneofCase.RequestPut => Check(table, caller, operation.RequestPut, leases),
                RequestOp.RequestOneofCase.RequestDeleteRange => Check(table, caller, operation.RequestDeleteRange),
                RequestOp.RequestOneofCase.RequestTxn => Check(table, caller, operation.RequestTxn, leases),
                _ => null,
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }
}
