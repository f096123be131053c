namespace Netcd.Tools.CommandLine;

/// <summary>What etcd's tools exit with.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    public const int Failure = 1;

    /// <summary>The cluster cannot be reached, or does not believe who we are.</summary>
    public const int BadConnection = 2;

    /// <summary>What was read from the input cannot be understood.</summary>
    public const int InvalidInput = 3;

    /// <summary>A flag has a value that the command cannot obey.</summary>
    public const int BadFeature = 4;

    /// <summary>It was broken off.</summary>
    public const int Interrupted = 5;

    public const int BadArguments = 128;
}
