namespace Netcd.Tools.CommandLine;

/// <summary>A command cannot do what it was asked to; the message is for the operator.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    /// <summary>What the process exits with, see <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What the operator may do about it, in a line of its own; null where nobody knows.</summary>
    public string? Hint { get; set; }
}
