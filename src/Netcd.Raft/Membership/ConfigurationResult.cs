namespace Netcd.Raft;

/// <summary>A changed configuration, or why it may not be changed so.</summary>
internal readonly record struct ConfigurationResult(Configuration Configuration, ProgressTable Members, string? Error)
{
    public static ConfigurationResult Refused(string error) => new(Configuration.Empty, ProgressTable.Empty, error);
}
