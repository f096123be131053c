namespace Netcd.Protocol.V3;

/// <summary>A response with etcd's header, which says who answered, at which revision and term.</summary>
public interface IResponse
{
    /// <summary>The header; null until it is filled in.</summary>
    ResponseHeader Header { get; set; }
}

/// <summary>Answers a Put.</summary>
public sealed partial class PutResponse : IResponse;

/// <summary>Answers a DeleteRange.</summary>
public sealed partial class DeleteRangeResponse : IResponse;

/// <summary>Answers a Txn.</summary>
public sealed partial class TxnResponse : IResponse;

/// <summary>Answers a Compact.</summary>
public sealed partial class CompactionResponse : IResponse;

/// <summary>Answers a LeaseGrant.</summary>
public sealed partial class LeaseGrantResponse : IResponse;

/// <summary>Answers a LeaseRevoke.</summary>
public sealed partial class LeaseRevokeResponse : IResponse;
