namespace Netcd.Tools.Output;

/// <summary>What is a terminal, and how large it is.</summary>
internal static class Terminal
{
    private const int UsualWidth = 80;

    /// <summary>Whether what is written to this process's output is seen at a terminal.</summary>
    public static bool ShowsOutput(TextWriter output) => output is StreamWriter && !Console.IsOutputRedirected;

    /// <summary>Whether what is written to this process's errors is seen at a terminal.</summary>
    public static bool ShowsErrors(TextWriter errors) => errors is StreamWriter && !Console.IsErrorRedirected;

    /// <summary>How many characters a line has.</summary>
    public static int Width()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : UsualWidth;
        }
        catch (IOException)
        {
            return UsualWidth;
        }
    }
}
