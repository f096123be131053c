using Netcd.Server.Tests.Gateway;

namespace Netcd.Server.Tests.Auth;

/// <summary>Whoever has logged in goes on writing while others are given rights.</summary>
public sealed class ChangingRolesTests
{
    [Fact]
    public async Task Writes_by_a_simple_token_are_not_refused_because_roles_change_at_the_same_time()
    {
        await using GatewayServer server = new() { Configure = static options => options with { BcryptCost = 4 } };
        await server.InitializeAsync();
        await server.PostAsync("/v3/auth/user/add", """{"name":"root","password":"a"}""");
        await server.PostAsync("/v3/auth/user/grant", """{"user":"root","role":"root"}""");
        await server.PostAsync("/v3/auth/enable", "{}");
        Reply login = await server.PostAsync("/v3/auth/authenticate", """{"name":"root","password":"a"}""");
        string token = login.Json["token"]!.GetValue<string>();

        // Neither side may end before the other has had its turns, however the machine divides its time between them.
        List<Reply> writes = [];
        int written = 0;
        Task<Reply[]> changes = Task.WhenAll(Enumerable.Range(0, 4).Select(async part =>
        {
            Reply last = login;
            for (int n = 0; n < 50 || Volatile.Read(ref written) < 50; n++)
            {
                last = await server.PostAsync("/v3/auth/role/add", $$"""{"name":"r{{part}}-{{n}}"}""", token);
            }

            return last;
        }));
        while (!changes.IsCompleted)
        {
            writes.Add(await server.PostAsync("/v3/kv/put", """{"key":"YQ==","value":"YQ=="}""", token));
            Volatile.Write(ref written, writes.Count);
        }

        Assert.All(await changes, static reply => Assert.Equal(200, reply.Status));
        Assert.All(writes, static reply => Assert.True(reply.Status == 200, reply.Body));
    }
}
