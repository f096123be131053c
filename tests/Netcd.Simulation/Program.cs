namespace Netcd.Simulation;

/// <summary>The commands: <c>run</c>, <c>replay</c>, <c>shrink</c> and <c>planted</c>.</summary>
internal static class Program
{
    private const int UsageError = 2;

    public static int Main(string[] arguments)
    {
        string command = arguments.Length == 0 ? "" : arguments[0];
        return command switch
        {
            _ => Usage(),
        };
    }

    private static int Usage()
    {
        Console.Error.WriteLine("usage: run | replay SEED | shrink SEED | planted");
        return UsageError;
    }
}
