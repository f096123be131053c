namespace Netcd.Server.Configuration;

/// <summary>The headings of the help, in its order.</summary>
internal static class FlagGroups
{
    public const string Member = "Member";
    public const string Clustering = "Clustering";
    public const string Security = "Security";
    public const string Auth = "Auth";
    public const string Monitoring = "Profiling and Monitoring";
    public const string Logging = "Logging";
    public const string Features = "Features";
    public const string Unsafe = "Unsafe features";
    public const string Retired = "Accepted for old manifests, without effect";
    public const string Former = "Former names";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Member, Clustering, Security, Auth, Monitoring, Logging, Features, Unsafe, Retired, Former];
}
