using System.Runtime.CompilerServices;

namespace Netcd.Micro;

/// <summary>Where the sources lie that this program was built from.</summary>
internal static class Sources
{
    /// <summary>The folder of the benchmarks.</summary>
    public static string Bench { get; } = Path.GetDirectoryName(Path.GetDirectoryName(Here()))!;

    private static string Here([CallerFilePath] string path = "") => path;
}
