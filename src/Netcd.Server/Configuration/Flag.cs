namespace Netcd.Server.Configuration;

/// <summary>One setting of the server.</summary>
/// <param name="Name">The name: <c>--name</c>, <c>ETCD_NAME</c> and the key in a file.</param>
/// <param name="Kind">How its text is read.</param>
/// <param name="Default">What holds where it is not set.</param>
/// <param name="Help">What it is for.</param>
internal sealed record Flag(string Name, FlagKind Kind, string Default, string Help)
{
    private const string Experimental = "experimental-";

    /// <summary>The heading in the help.</summary>
    public string Group { get; init; } = "";

    /// <summary>What comes of setting it.</summary>
    public FlagUse Use { get; init; } = FlagUse.Obeyed;

    /// <summary>What became of it where it has no effect, as a sentence; else empty.</summary>
    public string Fate { get; init; } = "";

    /// <summary>The words that a <see cref="FlagKind.Choice"/> may be.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The environment variable that sets it too.</summary>
    public string EnvironmentVariable => "ETCD_" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>The flag's former name, under which older manifests set it.</summary>
    public Flag Former() => this with
    {
        Name = Experimental + Name,
        Help = "The former name of --" + Name + ".",
        Group = FlagGroups.Former,
    };
}
