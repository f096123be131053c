
namespace Netcd.Server.Configuration;

/// <summary>What came of reading flags, environment and file: options to run with, or a message and an exit code.</summary>
/// <param name="Options">What to run with; null where the process is to end.</param>
/// <param name="ExitCode">The exit code where it is to end.</param>
/// <param name="Message">What to print where it is to end.</param>
/// <param name="Warnings">What to warn the operator of and go on.</param>
public sealed record ConfigurationResult(ServerOptions? Options, int ExitCode, string Message, IReadOnlyList<string> Warnings);
