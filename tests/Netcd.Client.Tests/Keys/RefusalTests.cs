using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Keys;

public sealed class RefusalTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task What_the_server_refuses_is_told_with_its_kind_and_its_text(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        IKeyValues keys = client.Keys;
        long newest = (await keys.PutAsync("refused", "1")).Header.Revision;
        await AssertAsync(EtcdStatusCode.InvalidArgument, "etcdserver: key is not provided", () => keys.PutAsync("", "1"));
        await AssertAsync(EtcdStatusCode.InvalidArgument, "etcdserver: key is not provided", () => keys.GetAsync(""));
        await AssertAsync(
            EtcdStatusCode.OutOfRange,
            "etcdserver: mvcc: required revision is a future revision",
            () => keys.GetAsync("refused", new GetOptions { Revision = newest + 1_000_000 }));
        await AssertAsync(
            EtcdStatusCode.NotFound,
            "etcdserver: requested lease not found",
            () => keys.PutAsync("refused", "2", new PutOptions { Lease = 4711 }));
        await AssertAsync(
            EtcdStatusCode.InvalidArgument,
            "etcdserver: value is provided",
            () => keys.PutAsync("refused", "2", new PutOptions { KeepValue = true }));
        await AssertAsync(
            EtcdStatusCode.InvalidArgument,
            "etcdserver: duplicate key given in txn request",
            () => keys.CommitAsync(Transaction.Of(Operation.Put("twice", "1"), Operation.Put("twice", "2"))));
        await AssertAsync(
            EtcdStatusCode.InvalidArgument,
            "etcdserver: too many operations in txn request",
            () => keys.CommitAsync(Transaction.Of([.. Enumerable.Range(0, 129).Select(static n => Operation.Put($"many{n}", ""))])));
        await AssertAsync(
            EtcdStatusCode.InvalidArgument,
            "etcdserver: request is too large",
            () => keys.PutAsync("large", new byte[1_600_000]));
        await AssertAsync(
            EtcdStatusCode.ResourceExhausted, null, () => keys.PutAsync("larger", new byte[3_000_000]));
        Assert.Equal("1", (await keys.GetAsync("refused")).KeyValue!.ValueText);
    }

    private static async Task AssertAsync(EtcdStatusCode code, string? text, Func<Task> call)
    {
        EtcdException thrown = await Assert.ThrowsAsync<EtcdException>(call);
        Assert.Equal((code, text ?? thrown.Message), (thrown.Code, thrown.Message));
    }
}
