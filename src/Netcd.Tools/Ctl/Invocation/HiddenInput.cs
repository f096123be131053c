using System.Text;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>A line that is typed and not shown.</summary>
internal static class HiddenInput
{
    /// <summary>Reads a line; without a terminal it is the next of the input.</summary>
    public static string ReadLine(TextReader input)
    {
        if (Console.IsInputRedirected)
        {
            return input.ReadLine() ?? "";
        }

        StringBuilder typed = new();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else
            {
                typed.Append(key.KeyChar);
            }
        }

        return typed.ToString();
    }
}
