namespace Netcd.Tools.CommandLine;

/// <summary>The versions that tools report.</summary>
/// <param name="Etcd">The version of etcd whose tools these are like.</param>
/// <param name="Netcd">netcd's own.</param>
public sealed record ToolVersions(string Etcd, string Netcd)
{
    /// <summary>The version of the API: the first two numbers.</summary>
    internal string Api => Etcd[..Etcd.LastIndexOf('.')];
}
