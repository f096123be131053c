
namespace Netcd.Server;

/// <summary>The versions that netcd reports to clients and members.</summary>
public static class ServerIdentity
{
    /// <summary>
    /// The version of etcd whose API this is. Clients take it apart into three numbers, so it is plain; netcd's own version
    /// stands in the log and in <c>--version</c>.
    /// </summary>
    public const string EtcdVersion = "3.6.14";

    /// <summary>
    /// The version that a cluster is raised to where nothing else is asked for: 3.5, as only then a member of etcd 3.5 accepts the data
    /// directory.
    /// </summary>
    public const string InitialClusterVersion = "3.5.0";

    /// <summary>netcd's own version.</summary>
    public static string NetcdVersion { get; } = typeof(ServerIdentity).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
