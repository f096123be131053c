using Netcd.Fuzzing.Live;
using Netcd.Fuzzing.Targets;

namespace Netcd.Fuzzing;

/// <summary>All targets by name.</summary>
internal static class FuzzTargets
{
    private static readonly SortedDictionary<string, Func<IFuzzTarget>> Makers = new(LiveMakers(), StringComparer.Ordinal)
    {
        ["database"] = static () => new DatabaseTarget(),
        ["flags"] = static () => new FlagsTarget(),
        ["config-file"] = static () => new ConfigurationFileTarget(),
        ["gateway-json"] = static () => new GatewayJsonTarget(),
        ["peer-frames"] = static () => new PeerFramesTarget(),
        ["peer-message"] = static () => new PeerMessageTarget(),
        ["revocation-list"] = static () => new RevocationListTarget(),
        ["snapshot-file"] = static () => new SnapshotFileTarget(),
        ["wal"] = static () => new WalTarget(),
        ["wal-records"] = static () => new WalRecordsTarget(),
    };

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => Makers.Keys;

    /// <summary>Those that attack a server.</summary>
    public static IEnumerable<string> OfServers => LiveMakers().Keys;

    /// <summary>Makes a target; null where there is none of that name.</summary>
    public static IFuzzTarget? Make(string name) => Makers.GetValueOrDefault(name)?.Invoke();

    /// <summary>The listening ports, each set up in every way.</summary>
    private static Dictionary<string, Func<IFuzzTarget>> LiveMakers()
    {
        Dictionary<string, Func<IFuzzTarget>> makers = [];
        foreach (LivePort port in LivePort.All)
        {
            makers.Add(port.NameOf("gateway"), () => new GatewayTarget(port));
            makers.Add(port.NameOf("grpc"), () => new GrpcTarget(port));
        }

        foreach (LivePort port in LivePort.All.Where(static port => !port.HasUsers))
        {
            makers.Add(port.NameOf("bytes"), () => new BytesTarget(port, isForPeers: false));
            makers.Add(port.NameOf("peer-bytes"), () => new BytesTarget(port, isForPeers: true));
        }

        makers.Add("handshake", static () => new HandshakeTarget());
        return makers;
    }
}
