using Google.Protobuf;
using Netcd.Client;
using Netcd.Client.Cluster;
using Netcd.Client.Keys;
using Netcd.Client.Maintenance;
using Netcd.Protocol.V3;
using KeyValue = Netcd.Client.KeyValue;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>What the client answers, as the messages of etcd's API: the formats of JSON and protocol buffers are theirs.</summary>
internal static class Messages
{
    public static ResponseHeader Of(EtcdHeader header) => new()
    {
        ClusterId = header.ClusterId,
        MemberId = header.MemberId,
        Revision = header.Revision,
        RaftTerm = header.RaftTerm,
    };

    public static Protocol.V3.KeyValue Of(KeyValue pair) => new()
    {
        Key = ByteString.CopyFrom(pair.Key.Span),
        Value = ByteString.CopyFrom(pair.Value.Span),
        CreateRevision = pair.CreateRevision,
        ModRevision = pair.ModRevision,
        Version = pair.Version,
        Lease = pair.Lease,
    };

    public static RangeResponse Of(RangeResult result, bool withHeader = true)
    {
        RangeResponse message = new()
        {
            Header = withHeader ? Of(result.Header) : new ResponseHeader { Revision = result.Header.Revision },
            Count = result.Count,
            More = result.HasMore,
        };
        message.Kvs.AddRange(result.KeyValues.Select(Of));
        return message;
    }

    public static PutResponse Of(PutResult result, bool withHeader = true) => new()
    {
        Header = withHeader ? Of(result.Header) : new ResponseHeader { Revision = result.Header.Revision },
        PrevKv = result.Previous is { } previous ? Of(previous) : null,
    };

    public static DeleteRangeResponse Of(DeleteResult result, bool withHeader = true)
    {
        DeleteRangeResponse message = new()
        {
            Header = withHeader ? Of(result.Header) : new ResponseHeader { Revision = result.Header.Revision },
            Deleted = result.Deleted,
        };
        message.PrevKvs.AddRange(result.Previous.Select(Of));
        return message;
    }

    public static TxnResponse Of(TransactionResult result, bool withHeader = true)
    {
        TxnResponse message = new()
        {
            Header = withHeader ? Of(result.Header) : new ResponseHeader { Revision = result.Header.Revision },
            Succeeded = result.Succeeded,
        };
        message.Responses.AddRange(result.Results.Select(Of));
        return message;
    }

    /// <summary>An answer of a header alone.</summary>
    public static IMessage HeaderOf(EtcdHeader header) => new AuthEnableResponse { Header = Of(header) };

    public static MemberListResponse Of(MemberList result)
    {
        MemberListResponse message = new() { Header = Of(result.Header) };
        message.Members.AddRange(result.Members.Select(Of));
        return message;
    }

    public static MemberAddResponse Of(MemberAdded result)
    {
        MemberAddResponse message = new() { Header = Of(result.Header), Member = Of(result.Added) };
        message.Members.AddRange(result.Members.Select(Of));
        return message;
    }

    public static AlarmResponse Of(AlarmList result)
    {
        AlarmResponse message = new() { Header = Of(result.Header) };
        message.Alarms.AddRange(result.Alarms.Select(static alarm =>
            new AlarmMember { MemberID = alarm.MemberId, Alarm = (AlarmType)alarm.Kind }));
        return message;
    }

    public static StatusResponse Of(MemberStatus status)
    {
        StatusResponse message = new()
        {
            Header = Of(status.Header),
            Version = status.Version,
            DbSize = status.DatabaseBytes,
            DbSizeInUse = status.DatabaseBytesInUse,
            DbSizeQuota = status.QuotaBytes,
            Leader = status.Leader,
            RaftIndex = status.RaftIndex,
            RaftTerm = status.RaftTerm,
            RaftAppliedIndex = status.RaftAppliedIndex,
            IsLearner = status.IsLearner,
            StorageVersion = status.StorageVersion,
            DowngradeInfo = status.DowngradeTarget is { } target ? new DowngradeInfo { Enabled = true, TargetVersion = target } : null,
        };
        message.Errors.AddRange(status.Errors);
        return message;
    }

    public static HashKVResponse Of(HashKvResult result) => new()
    {
        Header = Of(result.Header),
        Hash = result.Hash,
        CompactRevision = result.CompactRevision,
        HashRevision = result.HashRevision,
    };

    private static ResponseOp Of(OperationResult result) => result switch
    {
        { Range: { } range } => new ResponseOp { ResponseRange = Of(range, withHeader: false) },
        { Put: { } put } => new ResponseOp { ResponsePut = Of(put, withHeader: false) },
        { Delete: { } delete } => new ResponseOp { ResponseDeleteRange = Of(delete, withHeader: false) },
        { Transaction: { } transaction } => new ResponseOp { ResponseTxn = Of(transaction, withHeader: false) },
        _ => new ResponseOp(),
    };

    private static Protocol.V3.Member Of(Client.Cluster.Member member)
    {
        Protocol.V3.Member message = new() { ID = member.Id, Name = member.Name, IsLearner = member.IsLearner };
        message.PeerURLs.AddRange(member.PeerUrls);
        message.ClientURLs.AddRange(member.ClientUrls);
        return message;
    }
}
