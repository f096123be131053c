using System.Text;
using Netcd.Server.Configuration;

namespace Netcd.Fuzzing.Targets;

/// <summary>The command line and the environment: arguments with zero bytes between them, those of the form NAME=VALUE that begin with
/// ETCD_ are variables.</summary>
internal sealed class FlagsTarget : IFuzzTarget
{
    public string Name => "flags";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "--name\0one\0--data-dir\0/nowhere\0--listen-client-urls\0http://127.0.0.1:2379,unix://x:0\0"
                + "--advertise-client-urls=http://127.0.0.1:2379",
            "--initial-cluster\0a=http://127.0.0.1:2380,b=http://127.0.0.1:2390\0--initial-cluster-state=new\0--name=a\0"
                + "--initial-advertise-peer-urls=http://127.0.0.1:2380",
            "--quota-backend-bytes=1\0--snapshot-count\0100\0--heartbeat-interval=10\0--election-timeout=100\0--log-level=debug\0"
                + "--pre-vote=false",
            "ETCD_NAME=x\0ETCD_MAX_TXN_OPS=5\0ETCD_BACKEND_BATCH_INTERVAL=100ms\0ETCD_AUTO_COMPACTION_RETENTION=1h30m",
            "--version", "-h", "--max-request-bytes\0-1", "--cert-file=/nowhere\0--key-file=/nowhere\0--client-cert-auth",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public IReadOnlyList<byte[]> Words { get; } =
        [.. new[] { "\0", "=", "--", "-", ",", "http://", "https://", ":0", "[::1]", "true", "9223372036854775808",
            "1h", "\0--force-new-cluster", "%zz", "\u00e4" }.Select(Encoding.UTF8.GetBytes)];

    public Verdict Run(byte[] input)
    {
        List<string> arguments = [];
        Dictionary<string, string> environment = [];
        foreach (string part in Encoding.UTF8.GetString(input).Split('\0'))
        {
            if (part.StartsWith("ETCD_", StringComparison.Ordinal) && part.Split('=', 2) is [var name, var value])
            {
                environment[name] = value;
            }
            else
            {
                arguments.Add(part);
            }
        }

        return Check(ServerConfiguration.Load(arguments, environment));
    }

    public void Dispose()
    {
    }

    /// <summary>Either there is something to run with, or words for the operator.</summary>
    internal static Verdict Check(ConfigurationResult result)
    {
        if (result.Options is not null)
        {
            return Verdict.Accepted;
        }

        return result.Message.Length > 0 ? Verdict.Refused : throw new InvalidDataException("refused without a word");
    }
}
