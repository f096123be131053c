namespace Netcd.RepositoryTests;

/// <summary>The files of the repository that are its own: not what a build or a test has left there.</summary>
internal static class Tree
{
    private static readonly string[] NotOurs = ["bin", "obj", ".git", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>The files of a name, such as <c>*.cs</c>, in a folder of the repository and all below.</summary>
    public static IEnumerable<string> Files(string pattern, string folder = "") =>
        Directory.EnumerateFiles(Repository.At(folder), pattern, SearchOption.AllDirectories)
            .Where(static path => !Path.GetRelativePath(Repository.Root, path).Split(Path.DirectorySeparatorChar).Any(NotOurs.Contains));
}
