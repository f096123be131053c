using Google.Protobuf;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Takeover;

/// <summary>Clusters with a history, and the backups that are made of them in all the ways that there are.</summary>
internal static class BackupSource
{
    /// <summary>Snapshots of a member that is alone, and a copy of its database after a stop.</summary>
    public static async Task<(string Snapshot, string Database)> OneAsync(
        string program, TemporaryFolder folder, string name, bool withAlarm, params string[] more)
    {
        string directory = folder.At(name);
        string snapshot = folder.At(name + ".snapshot");
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            program, directory, FreePort.Next(), ["--name", name, "--initial-cluster", $"{name}=http://localhost:2380", .. more]);
        await WriteHistoryAsync(server.Channel, withAlarm);
        await SaveAsync(server.Endpoint, snapshot);
        await server.TerminateAsync();
        return (snapshot, Path.Combine(directory, "member", "snap", "db"));
    }

    /// <summary>Snapshots of an etcd and of a netcd that are members of one cluster, with a learner and a member that was
    /// removed.</summary>
    public static async Task<(string OfEtcd, string OfNetcd, string Database, string[] Directories)> MixedAsync(TemporaryFolder folder)
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([etcd, NetcdProgram.Path, etcd]);
        ClusterMember removed = cluster.Members[2];
        await cluster.RemoveAsync(removed);
        await using ClusterMember leftBehind = removed;
        await cluster.LeaderAsync();
        await WriteHistoryAsync(cluster.Members[0].Channel, withAlarm: false);
        await cluster.AssertSameEverywhereAsync();
        await cluster.AddAsync(NetcdProgram.Path, asLearner: true);
        (string ofEtcd, string ofNetcd, string database) = (folder.At("mixed-etcd"), folder.At("mixed-netcd"), folder.At("mixed-db"));
        await SaveAsync(cluster.Members[0].Endpoint, ofEtcd);
        await SaveAsync(cluster.Members[1].Endpoint, ofNetcd);
        foreach (ClusterMember member in cluster.Members)
        {
            await member.TerminateAsync();
        }

        File.Copy(Path.Combine(cluster.Members[1].DataDirectory, "member", "snap", "db"), database);
        string[] directories = [folder.At("was-etcd"), folder.At("was-netcd")];
        TemporaryFolder.Copy(cluster.Members[0].DataDirectory, directories[0]);
        TemporaryFolder.Copy(cluster.Members[1].DataDirectory, directories[1]);
        return (ofEtcd, ofNetcd, database, directories);
    }

    /// <summary>Puts, deletions, a compaction and a lease; and, asked for, an alarm that stays raised.</summary>
    public static async Task WriteHistoryAsync(Grpc.Net.Client.GrpcChannel channel, bool withAlarm)
    {
        KV.KVClient kv = new(channel);
        await channel.PutManyAsync("first/", 60);
        await kv.DeleteRangeAsync(
            new DeleteRangeRequest { Key = ByteString.CopyFromUtf8("first/00010"), RangeEnd = ByteString.CopyFromUtf8("first/00020") });
        await kv.CompactAsync(new CompactionRequest { Revision = 40, Physical = true });
        await new Lease.LeaseClient(channel).LeaseGrantAsync(new LeaseGrantRequest { ID = 77, TTL = 3600 });
        await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("leased"), Value = ByteString.CopyFromUtf8("x"), Lease = 77 });
        await channel.PutManyAsync("second/", 20);
        if (withAlarm)
        {
            // A member that no cluster made of the backup will have.
            await new Maintenance.MaintenanceClient(channel).AlarmAsync(
                new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = 9, Alarm = AlarmType.Nospace });
        }
    }

    private static async Task SaveAsync(string endpoint, string snapshot) =>
        (await Command.RunAsync(await EtcdPrograms.EtcdctlAsync(), "--endpoints", endpoint, "snapshot", "save", snapshot)).Succeeded();
}
