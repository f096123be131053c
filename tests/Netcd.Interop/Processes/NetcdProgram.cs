namespace Netcd.Interop.Processes;

/// <summary>The netcd under test: what NETCD_TEST_PROGRAM names, else the program that was built together with these tests.</summary>
internal static class NetcdProgram
{
    public static string Path { get; } = Find();

    /// <summary>Whether it is compiled ahead of time: then its assemblies do not lie beside it.</summary>
    public static bool IsNative { get; } = !File.Exists(System.IO.Path.ChangeExtension(Path, ".dll")) && !File.Exists(Path + ".dll");

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("NETCD_TEST_PROGRAM") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new FileNotFoundException("NETCD_TEST_PROGRAM names no file", named);
        }

        // bin/<configuration>/<framework>/ of the tests and of the program are named alike.
        DirectoryInfo output = new(AppContext.BaseDirectory);
        string program = OperatingSystem.IsWindows() ? "netcd.exe" : "netcd";
        string built = Repository.At("src", "Netcd", "bin", output.Parent!.Name, output.Name, program);
        return File.Exists(built) ? built : throw new FileNotFoundException("netcd is not built", built);
    }
}
