using System.Net;
using System.Net.Sockets;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege;

/// <summary>Three members of one program, in a directory that is deleted afterwards.</summary>
internal sealed class SiegeCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-siege-");

    private SiegeCluster(string program, bool hasTls, bool hasUsers)
    {
        Guard = SiegeGuard.Create(hasTls, hasUsers, directory.FullName);
        string[] names = ["north", "east", "south"];
        int[] ports = FreePorts(2 * names.Length);
        string cluster = string.Join(',', names.Select((name, i) => $"{name}={Guard.Scheme}://127.0.0.1:{ports[(2 * i) + 1]}"));
        Members =
            [.. names.Select((name, i) =>
                SiegeMember.Start(program, name, ports[2 * i], ports[(2 * i) + 1], cluster, directory.FullName, Guard))];
    }

    public IReadOnlyList<SiegeMember> Members { get; }

    /// <summary>How it is guarded.</summary>
    public SiegeGuard Guard { get; }

    /// <summary>The member that led when it was last asked.</summary>
    public SiegeMember Leader { get; private set; } = null!;

    /// <summary>One that did not.</summary>
    public SiegeMember Follower => Members.First(member => member != Leader);

    public static async Task<SiegeCluster> StartAsync(string program, bool hasTls, bool hasUsers)
    {
        SiegeCluster cluster = new(program, hasTls, hasUsers);
        DateTime end = DateTime.UtcNow + StartTime;
        while (!await cluster.FindLeaderAsync().ConfigureAwait(false))
        {
            if (DateTime.UtcNow > end || cluster.Members.Any(static member => member.HasExited))
            {
                await cluster.DisposeAsync().ConfigureAwait(false);
                throw new InvalidOperationException($"the cluster of {program} does not start; logs were in {cluster.directory.FullName}");
            }

            await Task.Delay(100).ConfigureAwait(false);
        }

        await cluster.Guard.MakeUsersAsync(cluster.Leader).ConfigureAwait(false);
        foreach (SiegeMember member in cluster.Members)
        {
            member.LogIn();
        }

        return cluster;
    }

    /// <summary>Asks all; true where all name the same leader.</summary>
    public async Task<bool> FindLeaderAsync()
    {
        StatusResponse?[] answers = await Task.WhenAll(Members.Select(static member => member.StatusAsync())).ConfigureAwait(false);
        ulong leader = answers[0]?.Leader ?? 0;
        if (leader == 0 || answers.Any(answer => answer?.Leader != leader))
        {
            return false;
        }

        Leader = Members.First(member => member.Id == leader);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SiegeMember member in Members)
        {
            await member.DisposeAsync().ConfigureAwait(false);
        }

        Guard.Dispose();
        directory.Delete(recursive: true);
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
