namespace Netcd.Engine.Upkeep;

/// <summary>The version that a cluster has: the lowest of its members' programs, and a minor less in a downgrade.</summary>
public static class ClusterVersions
{
    /// <summary>The oldest version whose programs open a directory of netcd.</summary>
    private static readonly Version Oldest = new(3, 5, 0);

    /// <summary>What a leader sets the version to, or null where it stays as it is.</summary>
    /// <param name="current">The version now; null while there is none.</param>
    /// <param name="programs">What the members run, all of them.</param>
    /// <param name="most">The version beyond which it is not raised.</param>
    /// <param name="target">What the cluster is being taken down to; null while it is not.</param>
    public static Version? Decide(Version? current, IEnumerable<Version> programs, Version most, Version? target)
    {
        Version lowest = WithoutPatch(programs.Min()!);
        if (current is not null && target is not null)
        {
            return target != current && IsOneBelow(target, current) && IsOneBelow(target, lowest) ? target : null;
        }

        Version decided = lowest < most ? lowest : WithoutPatch(most);
        return current is null || current < decided ? decided : null;
    }

    /// <summary>Whether a cluster of a version may be taken down to a target.</summary>
    public static bool IsDowngrade(Version target, Version current) => IsOneBelow(target, current) && target >= Oldest;

    /// <summary>Reads a version of three numbers, or of two, and drops the patch number.</summary>
    public static bool TryParse(string text, out Version version)
    {
        version = Oldest;
        string[] numbers = text.Split('-', '+')[0].Split('.');
        if (numbers.Length is not (2 or 3)
            || !Array.TrueForAll(numbers, static number => number.Length > 0 && number.All(char.IsAsciiDigit))
            || !Version.TryParse(string.Join('.', numbers), out Version? parsed))
        {
            return false;
        }

        version = WithoutPatch(parsed);
        return true;
    }

    private static bool IsOneBelow(Version target, Version current) =>
        target.Major == current.Major && target.Minor == current.Minor - 1;

    private static Version WithoutPatch(Version version) => new(version.Major, version.Minor, 0);
}
