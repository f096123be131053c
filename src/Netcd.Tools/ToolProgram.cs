using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl;
using Netcd.Tools.Utl;

namespace Netcd.Tools;

/// <summary>The tools that the one program is besides the server: <c>netcd ctl</c> and <c>netcd utl</c>, which it also is under the
/// names of <c>etcdctl</c> and <c>etcdutl</c>.</summary>
public static class ToolProgram
{
    private static readonly Tool[] Tools = [new("ctl", "etcdctl", CtlProgram.Run), new("utl", "etcdutl", UtlProgram.Run)];

    private delegate int Program(string name, IReadOnlyList<string> arguments, ToolConsole console, ToolVersions versions);

    /// <summary>Runs the tool that the program was called for.</summary>
    /// <param name="calledAs">The path or name that the program was called by.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="console">Where a tool writes.</param>
    /// <param name="versions">What it says of its versions.</param>
    /// <returns>The exit code; null where it was called as a server.</returns>
    public static int? Run(string calledAs, IReadOnlyList<string> arguments, ToolConsole console, ToolVersions versions)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        string name = Path.GetFileNameWithoutExtension(calledAs);
        if (Array.Find(Tools, tool => tool.ProgramName == name) is { } called)
        {
            return called.Run(called.ProgramName, arguments, console, versions);
        }

        return arguments.Count > 0 && Array.Find(Tools, tool => tool.Word == arguments[0]) is { } named
            ? named.Run("netcd " + named.Word, [.. arguments.Skip(1)], console, versions)
            : null;
    }

    /// <summary>The name that this process was called by. The runtime knows the program's file, which a link leads to.</summary>
    public static string CalledAs()
    {
        const string Words = "/proc/self/cmdline";
        try
        {
            return File.Exists(Words) ? File.ReadAllText(Words).Split('\0')[0] : Environment.GetCommandLineArgs()[0];
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return Environment.GetCommandLineArgs()[0];
        }
    }

    /// <summary>A tool.</summary>
    /// <param name="Word">The first argument that means it.</param>
    /// <param name="ProgramName">The name that the program has when it is nothing but this tool.</param>
    /// <param name="Run">Runs it.</param>
    private sealed record Tool(string Word, string ProgramName, Program Run);
}
