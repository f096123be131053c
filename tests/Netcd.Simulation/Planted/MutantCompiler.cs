using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Netcd.Simulation.Planted;

/// <summary>Compiles one project with one file replaced, by the compiler and the references of the SDK that runs this.</summary>
internal static class MutantCompiler
{
    private const string GeneratorFolder = "analyzers/dotnet/cs";

    private static readonly string[] Frameworks = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];
    private static readonly string DotnetDirectory = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    /// <summary>The command that runs managed programs.</summary>
    public static string Dotnet { get; } = Path.Combine(DotnetDirectory, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    /// <summary>Writes the project's assembly with the bug in it.</summary>
    /// <param name="bug">The bug.</param>
    /// <param name="references">A directory with the assemblies that the project refers to.</param>
    /// <param name="work">A directory for what comes up on the way.</param>
    /// <param name="assembly">Where the assembly goes.</param>
    public static void Compile(PlantedBug bug, string references, string work, string assembly)
    {
        string original = Repository.At(bug.File);
        string mutated = Path.Combine(work, Path.GetFileName(bug.File));
        File.WriteAllText(mutated, bug.ApplyTo(File.ReadAllText(original)));
        string project = Repository.At("src", bug.Project);
        string response = Path.Combine(work, "mutant.rsp");
        File.WriteAllLines(response,
        [
            "-noconfig", "-nologo", "-nostdlib+", "-target:library", "-optimize+", "-deterministic+", "-unsafe+", "-nullable:enable",
            "-langversion:latest", "-warn:0", "-debug:embedded", $"-out:\"{assembly}\"",
            .. References(bug.Project, references).Select(static path => $"-reference:\"{path}\""),
            .. Generators().Select(static path => $"-analyzer:\"{path}\""),
            .. Sources(project).Select(path => $"\"{(path == original ? mutated : path)}\""),
        ]);
        Run(bug, ["exec", Newest(Path.Combine(DotnetDirectory, "sdk"), "Roslyn/bincore/csc.dll"), "@" + response]);
    }

    private static IEnumerable<string> Sources(string project)
    {
        string built = Path.Combine(project, "obj", "Release", "net10.0");
        IEnumerable<string> written = Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(project, path).Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"));
        // Of what the build has written only the two files that belong to the project: its usings, and who sees its internals.
        return written.Concat(Directory.EnumerateFiles(built, "*.GlobalUsings.g.cs"))
            .Concat(Directory.EnumerateFiles(built, "*.AssemblyInfo.cs"));
    }

    private static IEnumerable<string> References(string project, string directory)
    {
        IEnumerable<string> framework = Frameworks.SelectMany(
            static name => Directory.EnumerateFiles(Newest(Path.Combine(DotnetDirectory, "packs", name), "ref/net10.0"), "*.dll"));
        return framework.Concat(Directory.EnumerateFiles(directory, "*.dll")
            .Where(path => Path.GetFileNameWithoutExtension(path) is { } name && name != project && name != "Netcd.Simulation"));
    }

    /// <summary>What writes a part of the source: for expressions and marshalling, and for the events of the log.</summary>
    private static IEnumerable<string> Generators() =>
        Directory.EnumerateFiles(Newest(Path.Combine(DotnetDirectory, "packs", "Microsoft.NETCore.App.Ref"), GeneratorFolder), "*.dll")
            .Append(Newest(
                Path.Combine(DotnetDirectory, "packs", "Microsoft.AspNetCore.App.Ref"),
                GeneratorFolder + "/Microsoft.Extensions.Logging.Generators.dll"));

    private static string Newest(string directory, string below) => Directory.EnumerateDirectories(directory)
        .Where(path => Path.Exists(Path.Combine(path, below)))
        .OrderByDescending(
            static path => Version.TryParse(Path.GetFileName(path).Split('-')[0], out Version? version) ? version : new Version())
        .Select(path => Path.Combine(path, below))
        .FirstOrDefault() ?? throw new InvalidOperationException($"{directory} holds no {below}");

    private static void Run(PlantedBug bug, string[] arguments)
    {
        using Process compiler = Process.Start(new ProcessStartInfo(Dotnet, arguments) { RedirectStandardOutput = true })!;
        string output = compiler.StandardOutput.ReadToEnd();
        compiler.WaitForExit();
        if (compiler.ExitCode != 0)
        {
            throw new InvalidOperationException($"{bug.Name} does not compile: {output}");
        }
    }
}
