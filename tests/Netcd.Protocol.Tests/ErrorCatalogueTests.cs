using Grpc.Core;
using Netcd.Protocol.Errors;

namespace Netcd.Protocol.Tests;

/// <summary>Clients compare codes and texts: the table keeps what they know.</summary>
public sealed class ErrorCatalogueTests
{
    [Theory]
    [InlineData(StatusCode.InvalidArgument, "etcdserver: key is not provided")]
    [InlineData(StatusCode.InvalidArgument, "etcdserver: duplicate key given in txn request")]
    [InlineData(StatusCode.InvalidArgument, "etcdserver: request is too large")]
    [InlineData(StatusCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted")]
    [InlineData(StatusCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision")]
    [InlineData(StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded")]
    [InlineData(StatusCode.NotFound, "etcdserver: requested lease not found")]
    [InlineData(StatusCode.FailedPrecondition, "etcdserver: Peer URLs already exists")]
    [InlineData(StatusCode.PermissionDenied, "etcdserver: permission denied")]
    [InlineData(StatusCode.Unauthenticated, "etcdserver: invalid auth token")]
    [InlineData(StatusCode.Unavailable, "etcdserver: request timed out, possibly due to previous leader failure")]
    [InlineData(StatusCode.DataLoss, "etcdserver: corrupt cluster")]
    [InlineData(StatusCode.DeadlineExceeded, "context deadline exceeded")]
    [InlineData(StatusCode.Unknown, "mutex: session is expired")]
    [InlineData(StatusCode.Unknown, "election: not leader")]
    [InlineData(StatusCode.Unimplemented, "RangeStream does not support custom sort orders")]
    public void An_error_has_the_code_and_the_text_that_clients_know(StatusCode code, string text) =>
        Assert.Contains(new EtcdError(code, text), EtcdErrors.All);

    [Fact]
    public void No_two_errors_share_a_text() =>
        Assert.Equal(EtcdErrors.All.Count, EtcdErrors.All.Select(error => error.Message).Distinct().Count());

    [Fact]
    public void The_table_has_as_many_entries_as_etcd_has_errors_of_a_kind()
    {
        Dictionary<StatusCode, int> counts = EtcdErrors.All.GroupBy(error => error.Code)
            .ToDictionary(group => group.Key, group => group.Count());

        // Two more than in etcd's list: what is refused with them ends its members.
        Assert.Equal(20, counts[StatusCode.InvalidArgument]);
        Assert.Equal(3, counts[StatusCode.OutOfRange]);
        Assert.Equal(2, counts[StatusCode.ResourceExhausted]);
        Assert.Equal(2, counts[StatusCode.NotFound]);
        Assert.Equal(24, counts[StatusCode.FailedPrecondition]);

        // One more than in etcd's list, which leaves out "leader transfer took too long".
        Assert.Equal(9, counts[StatusCode.Unavailable]);
    }
}
