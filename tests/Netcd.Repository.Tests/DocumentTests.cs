using System.Text.RegularExpressions;

namespace Netcd.RepositoryTests;

/// <summary>What documents and comments refer to exists.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Links_of_documents_lead_to_files_and_headings()
    {
        List<string> broken = [];
        int links = 0;
        foreach (Markdown document in Markdown.All())
        {
            foreach (string link in document.Links)
            {
                links++;
                string[] parts = link.Split('#', 2);
                string target = parts[0].Length == 0 ? document.Path : Path.Combine(Path.GetDirectoryName(document.Path)!, parts[0]);
                bool isThere = File.Exists(target) || Directory.Exists(target);
                if (!isThere || (parts.Length > 1 && !Markdown.At(target).Anchors.Contains(parts[1])))
                {
                    broken.Add($"{Path.GetRelativePath(Repository.Root, document.Path)}: {link}");
                }
            }
        }

        Assert.True(links > 50, $"only {links} links were found");
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Files_that_documents_name_exist()
    {
        List<string> missing = [];
        int named = 0;
        foreach (string document in Tree.Files("*.md"))
        {
            foreach (string path in NamedFile().Matches(File.ReadAllText(document)).Select(static match => match.Groups[1].Value))
            {
                // A part in capitals stands for any name; what a build makes need not be there.
                named++;
                bool isPattern = path.Split('/', '.').Any(static part => part.Length > 1 && part.All(char.IsUpper))
                    || path.Contains("/bin/", StringComparison.Ordinal);
                if (!isPattern && !Path.Exists(Repository.At(path)))
                {
                    missing.Add($"{Path.GetRelativePath(Repository.Root, document)}: {path}");
                }
            }
        }

        Assert.True(named > 40, $"only {named} were found");
        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [Fact]
    public void Commands_of_documents_run_projects_with_verbs_that_they_have()
    {
        List<string> wrong = [];
        int commands = 0;
        foreach (string document in Tree.Files("*.md"))
        {
            foreach (Match command in Run().Matches(File.ReadAllText(document)))
            {
                commands++;
                string folder = Repository.At(command.Groups[1].Value);
                string verb = command.Groups[2].Value;
                bool isKnown = Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                    .Any(file => File.ReadAllText(file).Contains($"\"{verb}\"", StringComparison.Ordinal));
                if (!isKnown)
                {
                    wrong.Add($"{Path.GetRelativePath(Repository.Root, document)}: {command.Value}");
                }
            }
        }

        Assert.True(commands > 5, $"only {commands} were found");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Invariants_that_the_code_cites_are_written_down()
    {
        string invariants = File.ReadAllText(Repository.At("docs", "invariants.md"));
        List<string> cited = [];
        foreach (string file in Tree.Files("*.cs", "src").Concat(Tree.Files("*.cs", "tests")))
        {
            cited.AddRange(Citation().Matches(File.ReadAllText(file))
                .SelectMany(static match => Number().Matches(match.Value)).Select(static match => match.Value));
        }

        Assert.True(cited.Count >= 5, $"only {cited.Count} citations were found");
        Assert.All(cited.Distinct(), number => Assert.Matches($@"(?m)^#+ {number}\b|^{number}\. |^\| {number} \|", invariants));
    }

    [Fact]
    public void Every_switch_that_the_environment_has_is_listed_for_those_who_work_on_netcd()
    {
        string listed = File.ReadAllText(Repository.At("docs", "hacking.md"));
        string[] sources = [.. Tree.Files("*.cs", "src"), .. Tree.Files("*.cs", "tests"),
            .. Tree.Files("*.cs", "bench"), .. Tree.Files("*.sh"), Repository.At(".ci", "run")];
        HashSet<string> used =
            [.. sources.SelectMany(static file => Switch().Matches(File.ReadAllText(file))).Select(static match => match.Value)];
        Assert.True(used.Count > 10, $"only {used.Count} were found");
        Assert.All(used, name => Assert.Contains(name, listed, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_project_is_part_of_the_solution_and_has_a_place_in_the_architecture()
    {
        string solution = File.ReadAllText(Repository.At("netcd.slnx"));
        string architecture = File.ReadAllText(Repository.At("ARCHITECTURE.md"));
        foreach (string project in Tree.Files("*.csproj"))
        {
            string path = Path.GetRelativePath(Repository.Root, project).Replace('\\', '/');
            Assert.Contains(path, solution, StringComparison.Ordinal);
            if (path.StartsWith("src/", StringComparison.Ordinal))
            {
                Assert.Contains(
                    Path.GetFileNameWithoutExtension(path).Replace("Netcd.", "", StringComparison.Ordinal),
                    architecture,
                    StringComparison.Ordinal);
            }
        }
    }

    [GeneratedRegex(@"`((?:src|tests|bench|tools|docs)/[\w./-]+)`")]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"\binvariants? \d+(?:(?:, | and )\d+)*\b", RegexOptions.IgnoreCase)]
    private static partial Regex Citation();

    [GeneratedRegex(@"dotnet run [^\n]*--project ((?:src|tests|bench)/[\w.]+)[^\n]* -- (\w+)")]
    private static partial Regex Run();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\bNETCD_[A-Z_]+[A-Z]\b")]
    private static partial Regex Switch();
}
