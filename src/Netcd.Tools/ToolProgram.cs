using Netcd.Tools.CommandLine;
using Netcd.Tools.Utl;

namespace Netcd.Tools;

/// <summary>The tools that the one program is besides the server: <c>netcd utl</c>, which it also is under the name of
/// <c>etcdutl</c>.</summary>
public static class ToolProgram
{
    private const string Utl = "utl";
    private const string Etcdutl = "etcdutl";

    /// <summary>Runs the tool that the program was called for.</summary>
    /// <param name="calledAs">The path or name that the program was called by.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="console">Where a tool writes.</param>
    /// <param name="versions">What it says of its versions.</param>
    /// <returns>The exit code; null where it was called as a server.</returns>
    public static int? Run(string calledAs, IReadOnlyList<string> arguments, ToolConsole console, ToolVersions versions)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (Path.GetFileNameWithoutExtension(calledAs) == Etcdutl)
        {
            return UtlProgram.Run(Etcdutl, arguments, console, versions);
        }

        return arguments.Count > 0 && arguments[0] == Utl
            ? UtlProgram.Run("netcd " + Utl, [.. arguments.Skip(1)], console, versions)
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
}
