using Netcd.Interop.Etcdctl;

namespace Netcd.Interop.Leases;

/// <summary>Leases with the real etcdctl: the same commands against netcd and against etcd give the same output.</summary>
public sealed class LeaseCommandTests
{
    private const long Id = 0x7b;
    private const string Hex = "000000000000007b";

    [Fact]
    public async Task A_lease_is_looked_at_kept_alive_and_revoked_as_with_etcd()
    {
        await using EtcdctlPair pair = await WithLeaseAsync();
        foreach (string put in (string[])["put k2 v", "put k1 v", "put k3 v"])
        {
            await pair.RunAsync($"{put} --lease={Hex}");
        }

        await pair.RunAsync("get k --prefix -w json");
        await pair.InEveryFormatAsync("lease list");
        await pair.RunAsync($"lease keep-alive {Hex} --once");
        await pair.RunAsync($"lease keep-alive {Hex} --once -w json");
        await pair.RunAsync($"lease timetolive {Hex} -w simple");
        await pair.RunAsync("put k1 again --ignore-lease");
        await pair.RunAsync("put k2 bare");
        await pair.RunAsync("get k --prefix -w json");
        await pair.RunAsync($"lease revoke {Hex}");
        await pair.RunAsync("get k --prefix -w json");
        await pair.InEveryFormatAsync("lease list");
        await pair.RunAsync("endpoint hashkv -w json");
        pair.AssertEqual();
    }

    [Fact]
    public async Task A_lease_that_does_not_exist_is_spoken_of_as_etcd_does()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await pair.InEveryFormatAsync("lease list");
        await pair.InEveryFormatAsync($"lease timetolive {Hex}");
        await pair.InEveryFormatAsync($"lease timetolive {Hex} --keys");
        await pair.RunAsync($"lease keep-alive {Hex}");
        await pair.RunAsync($"lease keep-alive {Hex} --once");
        await pair.RunAsync($"lease revoke {Hex}");
        await pair.RunAsync($"put k v --lease={Hex}");
        await pair.RunAsync("put k v --lease=nonsense");
        await pair.RunAsync("put k v --ignore-lease");
        await pair.RunAsync("put k v");
        await pair.RunAsync($"put k v --ignore-lease --lease={Hex}");
        await pair.RunAsync("put k w --ignore-lease");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Wrong_commands_are_refused_as_with_etcd()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        foreach (string line in (string[])
        [
            "lease grant", "lease grant nonsense", "lease grant 9000000001",
            "lease grant 9223372036854775808", "lease revoke", "lease revoke nonsense",
            "lease timetolive", "lease timetolive nonsense", "lease keep-alive", "lease keep-alive nonsense", "lease",
        ])
        {
            await pair.RunAsync(line);
        }

        pair.AssertEqual();
    }

    [Theory]
    [InlineData("60", 60)]
    [InlineData("1", 2)]
    [InlineData("0", 2)]
    [InlineData("9000000000", 9_000_000_000)]
    public async Task A_grant_names_the_id_and_the_time(string asked, long granted)
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync();
        CommandResult netcd = await pair.OnNetcdAsync($"lease grant {asked}");
        Assert.Matches($"^lease [0-9a-f]{{16}} granted with TTL\\({granted}s\\)\n$", netcd.Output);
        if (granted >= 60)
        {
            string id = netcd.Output.Split(' ')[1];
            string left = (await pair.OnNetcdAsync($"lease timetolive {id}")).Output;
            Assert.Matches($"^lease {id} granted with TTL\\({granted}s\\), remaining\\([0-9]+s\\)\n$", left);
        }
    }

    /// <summary>etcdctl cannot choose an id, so the lease that both have is granted by a call.</summary>
    private static async Task<EtcdctlPair> WithLeaseAsync()
    {
        EtcdctlPair pair = await EtcdctlPair.StartAsync();
        await pair.Servers.Etcd.Channel.GrantAsync(300, Id);
        await pair.Servers.Netcd.Channel.GrantAsync(300, Id);
        return pair;
    }
}
