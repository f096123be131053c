using Netcd.Fuzzing.Live;
using Netcd.Fuzzing.Targets;

namespace Netcd.Fuzzing;

/// <summary>All targets by name.</summary>
internal static class FuzzTargets
{
    private static readonly SortedDictionary<string, Func<IFuzzTarget>> Makers = new(StringComparer.Ordinal)
    {
        ["database"] = static () => new DatabaseTarget(),
        ["flags"] = static () => new FlagsTarget(),
        ["config-file"] = static () => new ConfigurationFileTarget(),
        ["gateway"] = static () => new GatewayTarget(),
        ["gateway-json"] = static () => new GatewayJsonTarget(),
        ["grpc"] = static () => new GrpcTarget(),
        ["peer-frames"] = static () => new PeerFramesTarget(),
        ["peer-message"] = static () => new PeerMessageTarget(),
        ["revocation-list"] = static () => new RevocationListTarget(),
        ["snapshot-file"] = static () => new SnapshotFileTarget(),
        ["wal"] = static () => new WalTarget(),
        ["wal-records"] = static () => new WalRecordsTarget(),
    };

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => Makers.Keys;

    /// <summary>Makes a target; null where there is none of that name.</summary>
    public static IFuzzTarget? Make(string name) => Makers.GetValueOrDefault(name)?.Invoke();
}
