using System.Text;

namespace Netcd.Tools.CommandLine;

/// <summary>Where a tool reads and writes, and whom it asks.</summary>
/// <param name="Output">What was asked for.</param>
/// <param name="Errors">What went wrong, and the log.</param>
/// <param name="Input">What is typed, or comes through a pipe; null for nothing.</param>
public sealed record ToolConsole(TextWriter Output, TextWriter Errors, TextReader? Input = null)
{
    /// <summary>Asks DNS where services are; null where there is no DNS.</summary>
    public ServiceLookup? Lookup { get; init; }

    /// <summary>The console of this process. Keys and values go through it as the bytes that they are.</summary>
    public static ToolConsole Standard() => new(
        new StreamWriter(Console.OpenStandardOutput(), Utf8) { AutoFlush = true },
        new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true },
        new StreamReader(Console.OpenStandardInput(), Utf8));

    private static UTF8Encoding Utf8 { get; } = new(encoderShouldEmitUTF8Identifier: false);
}
