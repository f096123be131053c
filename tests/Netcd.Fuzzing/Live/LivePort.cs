namespace Netcd.Fuzzing.Live;

/// <summary>How the port that is attacked is set up.</summary>
/// <param name="HasTls">Whether it speaks TLS.</param>
/// <param name="HasUsers">Whether users and roles count there.</param>
internal sealed record LivePort(bool HasTls, bool HasUsers)
{
    /// <summary>All four.</summary>
    public static IReadOnlyList<LivePort> All { get; } =
        [new(false, false), new(true, false), new(false, true), new(true, true)];

    /// <summary>A target's name at this port; what stands before the first plus names its corpus.</summary>
    public string NameOf(string target) => target + (HasTls ? "+tls" : "") + (HasUsers ? "+users" : "");
}
