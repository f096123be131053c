using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Takeover;

/// <summary>
/// The data directories of a cluster that a tool has made out of a backup. Name, URLs and token are its own, so that no id is that of the
/// cluster that the backup comes from.
/// </summary>
internal sealed class RestoredDirectory
{
    private static int made;

    private readonly string token = $"token-{Interlocked.Increment(ref made)}-{Guid.NewGuid():N}";

    private RestoredDirectory(int members)
    {
        Names = [.. Enumerable.Range(0, members).Select(n => $"restored-{made}-{n}")];
        PeerUrls = [.. Names.Select(static _ => $"http://127.0.0.1:{FreePort.Next()}")];
    }

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<string> PeerUrls { get; }

    private string InitialCluster => string.Join(',', Names.Zip(PeerUrls, static (name, url) => $"{name}={url}"));

    /// <summary>Has etcdutl restore each member's directory, <c>WHERE-NUMBER</c>, out of a snapshot.</summary>
    public static async Task<RestoredDirectory> RestoreAsync(string snapshot, string where, int members, params string[] more) =>
        await RestoreAsync(await EtcdPrograms.EtcdutlAsync(), snapshot, where, members, more);

    /// <summary>As above, by a tool of that kind.</summary>
    public static async Task<RestoredDirectory> RestoreAsync(
        string program, string snapshot, string where, int members, params string[] more)
    {
        RestoredDirectory restored = new(members);
        for (int n = 0; n < members; n++)
        {
            (await Command.RunAsync(
                program,
                [
                    "snapshot", "restore", snapshot, "--data-dir", At(where, n), "--name",
                    restored.Names[n], "--initial-cluster", restored.InitialCluster,
                    "--initial-cluster-token", restored.token, "--initial-advertise-peer-urls", restored.PeerUrls[n], .. more,
                ])).Succeeded();
        }

        return restored;
    }

    /// <summary>One member that has got its directory in another way.</summary>
    public static RestoredDirectory Unknown() => new(1);

    public static string At(string where, int member) => $"{where}-{member}";

    /// <summary>Starts a member on its directory.</summary>
    public Task<ServerProcess> StartAsync(string program, string where, int member, params string[] more) =>
        ServerProcess.ReadyAsync(
            program,
            At(where, member),
            FreePort.Next(),
            [
                "--name", Names[member], "--initial-cluster", InitialCluster, "--initial-cluster-token", token,
                "--initial-advertise-peer-urls", PeerUrls[member], "--listen-peer-urls", PeerUrls[member], .. more,
            ]);

    /// <summary>Starts all members, each by the program that is named for it, and waits until all serve.</summary>
    public async Task<ServerProcess[]> StartAllAsync(IReadOnlyList<string> programs, string where, params string[] more) =>
        await Task.WhenAll(Enumerable.Range(0, Names.Count).Select(n => StartAsync(programs[n % programs.Count], where, n, more)));

    /// <summary>What a server makes of its directory, as one text: who is in the cluster, and what it holds.</summary>
    public static async Task<string> PictureAsync(ServerProcess server) =>
        string.Join('\n', [.. await MembersAsync(server), await ContentOfAsync(server)]);

    /// <summary>The members, each a line.</summary>
    public static async Task<IReadOnlyList<string>> MembersAsync(ServerProcess server)
    {
        MemberListResponse list = await new Cluster.ClusterClient(server.Channel).MemberListAsync(
            new MemberListRequest { Linearizable = true }, deadline: DateTime.UtcNow.AddSeconds(30));
        return
        [
            .. list.Members.OrderBy(static member => member.ID).Select(member =>
                $"cluster {list.Header.ClusterId:x} member {member.ID:x} {member.Name} {string.Join(' ', member.PeerURLs)} "
                    + $"{(member.IsLearner ? "learner" : "voter")}"),
        ];
    }

    /// <summary>What the members of a cluster have in common: alarms, leases, revision, sum of the history and keys.</summary>
    public static async Task<string> ContentOfAsync(ServerProcess server)
    {
        Maintenance.MaintenanceClient maintenance = new(server.Channel);
        AlarmResponse alarms = await maintenance.AlarmAsync(new AlarmRequest());
        LeaseLeasesResponse leases = await new Lease.LeaseClient(server.Channel).LeaseLeasesAsync(new LeaseLeasesRequest());
        (long revision, uint hash, RangeResponse all) = await server.Channel.ContentAsync();
        HashKVResponse sum = await maintenance.HashKVAsync(new HashKVRequest());
        return string.Join(
            '\n',
            [
                $"revision {revision} hash {hash} compacted {sum.CompactRevision}",
                .. alarms.Alarms.Select(static alarm => $"alarm {alarm.MemberID:x} {alarm.Alarm}"),
                .. leases.Leases.Select(static lease => lease.ID).Order().Select(static id => $"lease {id:x}"),
                .. all.Kvs.Select(static kv =>
                    $"{kv.Key.ToStringUtf8()} {kv.CreateRevision} {kv.ModRevision} {kv.Version} {kv.Lease:x} {kv.Value.Length}"),
            ]);
    }

    /// <summary>The server leads, or follows one, and takes writes.</summary>
    public static async Task AssertServesAsync(ServerProcess server, string key)
    {
        long before = (await server.Channel.PrefixAsync(key)).Header.Revision;
        Assert.Equal(before + 1, (await server.Channel.PutAsync(key, "written")).Header.Revision);
        ByteString written = (await server.Channel.PrefixAsync(key)).Kvs.Single().Value;
        Assert.Equal("written", written.ToStringUtf8());
    }
}
