using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Packages;

/// <summary>What is published: packed as for a feed, and used from one by a program that a new user makes.</summary>
public sealed partial class PackageTests(SharedServers servers) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(8);

    private static readonly string[] Packages =
    [
        "Netcd.Client", "Netcd.Client.Extensions.DependencyInjection", "Netcd.Client.Extensions.HealthChecks", "Netcd.Protocol",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_user_s_program_of_the_READMEs_lines_works_from_a_feed()
    {
        string version = $"0.0.1-test{Environment.ProcessId}";
        foreach (string name in Packages)
        {
            await DotnetAsync(
                "pack", Repository.At("src", name), "-c", "Release", "--no-build", "-o", folder.At("feed"),
                $"-p:PackageVersion={version}", "-v", "q", "--nologo", "-nodeReuse:false");
            AssertComplete(name, version);
        }

        string program = await NewProgramAsync(version);
        string[] expected = ["hello", @"[0-9]+: hello", ""];
        string output = await DotnetAsync("run", "--project", program, "-c", "Release");
        Assert.Matches($"^{string.Join('\n', expected)}$", output);

        // That the client is fit for it, the native netcd shows on each run: its tools are built on it.
        if (Environment.GetEnvironmentVariable("NETCD_LONG_TESTS") == "1")
        {
            string native = folder.At("native");
            await DotnetAsync("publish", program, "-c", "Release", "-p:PublishAot=true", "-warnaserror", "-o", native, "-nodeReuse:false");
            Assert.False(File.Exists(Path.Combine(native, "hello.dll")), "what was published is not native");
            Assert.Matches($"^{string.Join('\n', expected)}$", (await Command.RunAsync(Path.Combine(native, "hello"))).Succeeded());
        }
    }

    /// <summary>Both frameworks with documentation, what it needs, a README, a licence, and symbols.</summary>
    private void AssertComplete(string name, string version)
    {
        using ZipArchive package = ZipFile.OpenRead(folder.At($"feed/{name}.{version}.nupkg"));
        string[] files = [.. package.Entries.Select(static entry => entry.FullName)];
        using ZipArchive symbols = ZipFile.OpenRead(folder.At($"feed/{name}.{version}.snupkg"));
        foreach (string framework in (string[])["net8.0", "net10.0"])
        {
            Assert.Contains($"lib/{framework}/{name}.dll", files);
            Assert.Contains($"lib/{framework}/{name}.xml", files);
            Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/{framework}/{name}.pdb");
        }

        using Stream text = package.GetEntry($"{name}.nuspec")!.Open();
        XElement metadata = XDocument.Load(text).Root!.Elements().First();
        XNamespace space = metadata.Name.Namespace;
        Assert.Equal(
            ["README.md", "Apache-2.0", "netcd"],
            ((string[])["readme", "license", "authors"]).Select(element => metadata.Element(space + element)?.Value));
        Assert.NotEqual("Package Description", metadata.Element(space + "description")?.Value);
        Assert.Contains("README.md", files);
    }

    private async Task<string> NewProgramAsync(string version)
    {
        string program = folder.At("hello");
        await DotnetAsync("new", "console", "-o", program, "--no-restore");

        // Packages of this run go to a folder of their own: the next run has others of the same names.
        string others = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(folder.At("nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{folder.At("packages")}" /></config>
              <packageSources><add key="local" value="{folder.At("feed")}" /></packageSources>
              <fallbackPackageFolders><add key="others" value="{others}" /></fallbackPackageFolders>
            </configuration>
            """);
        await DotnetAsync("add", program, "package", "Netcd.Client", "--version", version);
        string readme = await File.ReadAllTextAsync(Repository.At("src", "Netcd.Client", "README.md"));
        string lines = FirstExample().Match(readme).Groups[1].Value;
        Assert.Contains("\"http://127.0.0.1:2379\"", lines, StringComparison.Ordinal);
        string ours = lines.Replace("127.0.0.1:2379", servers.EndpointOf(Server.Netcd), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(program, "Program.cs"), ours);
        return program;
    }

    /// <summary>The SDK leaves directories where it keeps what is temporary: they go with the test's own.</summary>
    private async Task<string> DotnetAsync(params string[] arguments) => (await Command.RunAsync(
        "dotnet", arguments, "", Deadline, ("TMPDIR", Directory.CreateDirectory(folder.At("temporary")).FullName))).Succeeded();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstExample();
}
