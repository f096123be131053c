using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Coordination;

/// <summary>
/// The replicated store as one call sees it: what it asks for ends when its caller goes. Locks and elections know no more of it than
/// a client does.
/// </summary>
public interface ICoordinationStore
{
    /// <summary>The same store for what is left to do when the caller has gone.</summary>
    ICoordinationStore WithoutCaller { get; }

    /// <summary>Checks that there still is somebody to answer.</summary>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    void ThrowIfCallerHasGone();

    /// <summary>Runs a transaction.</summary>
    /// <exception cref="EtcdException">It failed, or its outcome is unknown.</exception>
    ValueTask<TxnResponse> TxnAsync(TxnRequest request);

    /// <summary>Reads the store as of now.</summary>
    /// <exception cref="EtcdException">It cannot be read.</exception>
    ValueTask<RangeResponse> RangeAsync(RangeRequest request);

    /// <summary>Deletes keys.</summary>
    /// <exception cref="EtcdException">It failed, or its outcome is unknown.</exception>
    ValueTask<DeleteRangeResponse> DeleteRangeAsync(DeleteRangeRequest request);

    /// <summary>Grants a lease.</summary>
    /// <exception cref="EtcdException">It failed, or its outcome is unknown.</exception>
    ValueTask<LeaseGrantResponse> GrantAsync(LeaseGrantRequest request);

    /// <summary>Ends a lease that was granted for this call, whatever its caller may do by now.</summary>
    /// <exception cref="EtcdException">It failed, or its outcome is unknown.</exception>
    ValueTask<LeaseRevokeResponse> RevokeAsync(LeaseRevokeRequest request);

    /// <summary>
    /// Returns when there was a change, or when changes that it should have reported may have been compacted: look again either way.
    /// </summary>
    /// <param name="watch">Which keys and changes, and from which revision on.</param>
    /// <exception cref="EtcdException">The server stops, or the leader is lost to a caller that requires one.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    ValueTask AwaitChangeAsync(WatchCreateRequest watch);
}
