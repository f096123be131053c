namespace Netcd.Tools.CommandLine;

/// <summary>Where a tool writes.</summary>
/// <param name="Output">What was asked for.</param>
/// <param name="Errors">What went wrong, and the log.</param>
public sealed record ToolConsole(TextWriter Output, TextWriter Errors);
