namespace Netcd.Client;

/// <summary>The kind of a failure, as etcd's answers have it: the status codes of gRPC, with their numbers.</summary>
public enum EtcdStatusCode
{
    /// <summary>No failure.</summary>
    Ok = 0,

    /// <summary>The call was given up.</summary>
    Cancelled = 1,

    /// <summary>A failure without a kind.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, whatever the state of the store.</summary>
    InvalidArgument = 3,

    /// <summary>No answer came in time.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>What the request would make exists.</summary>
    AlreadyExists = 6,

    /// <summary>The user may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>The database is full, the server has too many requests, or a message is too large.</summary>
    ResourceExhausted = 8,

    /// <summary>The state of the cluster does not allow this now.</summary>
    FailedPrecondition = 9,

    /// <summary>The call was broken off.</summary>
    Aborted = 10,

    /// <summary>The revision is compacted or in the future.</summary>
    OutOfRange = 11,

    /// <summary>The server does not have this call.</summary>
    Unimplemented = 12,

    /// <summary>Something broke on the way.</summary>
    Internal = 13,

    /// <summary>No member could be reached, or the cluster has no leader.</summary>
    Unavailable = 14,

    /// <summary>The cluster's members do not hold the same.</summary>
    DataLoss = 15,

    /// <summary>The token is not valid.</summary>
    Unauthenticated = 16,
}
