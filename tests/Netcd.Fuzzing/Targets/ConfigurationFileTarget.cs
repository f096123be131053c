using Netcd.Server.Configuration;

namespace Netcd.Fuzzing.Targets;

/// <summary>The configuration file.</summary>
internal sealed class ConfigurationFileTarget : IFuzzTarget
{
    private readonly string path = Path.GetTempFileName();

    public string Name => "config-file";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        """
        name: 'one'
        data-dir: /nowhere
        listen-client-urls: http://127.0.0.1:2379
        advertise-client-urls: http://127.0.0.1:2379
        initial-cluster-token: "etcd-cluster"
        snapshot-count: 10000
        heartbeat-interval: 100
        client-transport-security:
          cert-file:
          client-cert-auth: false
        log-outputs: [stderr]

        """u8.ToArray(),
        """{"name": "one", "quota-backend-bytes": 0, "peer-transport-security": {"auto-tls": true}, "log-outputs": ["stdout"]}"""u8
            .ToArray(),
    ];

    public IReadOnlyList<byte[]> Words { get; } =
    [
        .. new[] { "&a ", "*a", "<<: *a", "- ", ": ", "\n", "\n  ", "{", "}", "[", "]", "|\n", ">",
            "!!binary ", "---\n", "...\n", "~", "\t", "\"", "'", "? ", "%YAML 1.2\n", "name:", "#" }
            .Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    public Verdict Run(byte[] input)
    {
        File.WriteAllBytes(path, input);
        return FlagsTarget.Check(ServerConfiguration.Load(["--config-file", path], new Dictionary<string, string>()));
    }

    public void Dispose() => File.Delete(path);
}
