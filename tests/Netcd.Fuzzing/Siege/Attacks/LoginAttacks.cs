using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>Log-ins, each of which costs a hash of a password.</summary>
internal static class LoginAttacks
{
    public static IReadOnlyList<Attack> All { get; } =
    [
        new("log-ins with wrong and right passwords", static (attack, cluster, end) => LogInAsync(attack, cluster, end)),
    ];

    private static async Task LogInAsync(Attack attack, SiegeCluster cluster, CancellationToken end)
    {
        using GrpcChannel channel = cluster.Leader.Connect();
        Auth.AuthClient auth = new(channel);
        await attack.RepeatAsync(64, index => SiegeGuard.LogInAsync(auth, isRight: index % 8 == 0, end)).ConfigureAwait(false);
    }
}
