using System.ComponentModel;
using System.Diagnostics;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>A program that is run with our input and output.</summary>
internal static class ChildProcess
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="variables">What its environment has besides ours.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="CommandFailure">There is no such program.</exception>
    public static int Run(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> variables)
    {
        ProcessStartInfo start = new(words[0], words.Skip(1)) { UseShellExecute = false };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        try
        {
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception missing)
        {
            throw new CommandFailure(ExitCodes.Failure, $"exec: {GoText.Quote(words[0])}: {missing.Message}");
        }
    }
}
