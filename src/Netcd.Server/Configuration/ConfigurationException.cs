namespace Netcd.Server.Configuration;

/// <summary>The settings are such that the server cannot start; the message is for the operator.</summary>
internal sealed class ConfigurationException : Exception
{
    /// <summary>The exit code of a setting that cannot be obeyed.</summary>
    public const int Failure = 1;

    /// <summary>The exit code of a command line that cannot be read, as Go's flags have it.</summary>
    public const int WrongUsage = 2;

    /// <summary>With the reason and the process's exit code.</summary>
    public ConfigurationException(string message, int exitCode = Failure)
        : base(message) => ExitCode = exitCode;

    /// <summary>What the process exits with.</summary>
    public int ExitCode { get; }
}
