namespace Netcd.Tools.CommandLine;

/// <summary>What etcd's tools exit with.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    public const int Failure = 1;

    /// <summary>A flag has a value that the command cannot obey.</summary>
    public const int BadFeature = 4;

    public const int BadArguments = 128;
}
