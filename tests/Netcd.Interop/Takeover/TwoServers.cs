using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Takeover;

/// <summary>etcd and netcd on two copies of a data directory: what each makes of it must be the same.</summary>
internal static class TwoServers
{
    /// <summary>
    /// Both servers on directories made alike; each tells the same of it. Then they change places, and go on.
    /// </summary>
    public static async Task AssertAlikeAsync(TemporaryFolder folder, string name, string snapshot, params string[] more)
    {
        (string left, string right) = (folder.At(name + "-left"), folder.At(name + "-right"));
        await AssertAlikeAsync(await RestoredDirectory.RestoreAsync(snapshot, left, members: 1, more), left, right);
    }

    public static async Task AssertAlikeAsync(RestoredDirectory restored, string left, string right, params string[] atFirst)
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        TemporaryFolder.Copy(RestoredDirectory.At(left, 0), RestoredDirectory.At(right, 0));
        string expected = await LiveAsync(restored, etcd, left, "life-1", atFirst);
        Assert.Equal(expected, await LiveAsync(restored, NetcdProgram.Path, right, "life-1", atFirst));
        expected = await LiveAsync(restored, etcd, right, "life-2");
        Assert.Equal(expected, await LiveAsync(restored, NetcdProgram.Path, left, "life-2"));
    }

    /// <summary>One life of a server on the directory: what it tells of it, and that it writes to it.</summary>
    private static async Task<string> LiveAsync(
        RestoredDirectory restored, string program, string where, string written, params string[] more)
    {
        await using ServerProcess server = await restored.StartAsync(program, where, 0, more);
        string picture = await RestoredDirectory.PictureAsync(server);
        await DisarmAsync(server);
        await RestoredDirectory.AssertServesAsync(server, written);
        long revision = (await server.Channel.PrefixAsync(written)).Header.Revision;
        await new KV.KVClient(server.Channel).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
        await server.TerminateAsync();
        return picture;
    }

    private static async Task DisarmAsync(ServerProcess server)
    {
        Maintenance.MaintenanceClient client = new(server.Channel);
        foreach (AlarmMember alarm in (await client.AlarmAsync(new AlarmRequest())).Alarms)
        {
            await client.AlarmAsync(
                new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm });
        }
    }
}
