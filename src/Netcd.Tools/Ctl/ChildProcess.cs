using System.ComponentModel;
using System.Diagnostics;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>A program that is run with our output, and with nothing to read: what is typed is for us.</summary>
internal static class ChildProcess
{
    private const int NoSuchFile = 2;
    private const int NoPermission = 13;

    /// <summary>Runs it to its end.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="variables">What its environment has besides ours.</param>
    /// <returns>Its exit code, and, where it did not do well, what Go says of that.</returns>
    public static (int ExitCode, string? Fault) Run(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> variables)
    {
        ProcessStartInfo start = new(words[0], words.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            process.WaitForExit();
            return (process.ExitCode, process.ExitCode == 0 ? null : $"exit status {process.ExitCode}");
        }
        catch (Win32Exception failure)
        {
            return (ExitCodes.Failure, Explain(words[0], failure));
        }
    }

    private static string Explain(string program, Win32Exception failure)
    {
        bool isPath = program.Contains('/', StringComparison.Ordinal);
        string reason = failure.NativeErrorCode switch
        {
            NoSuchFile when !isPath => "executable file not found in $PATH",
            NoSuchFile => "no such file or directory",
            NoPermission => "permission denied",
            _ => failure.Message,
        };
        return isPath ? $"fork/exec {program}: {reason}" : $"exec: {GoText.Quote(program)}: {reason}";
    }
}
