using System.Text.RegularExpressions;

namespace Netcd.ClientTests.Documents;

/// <summary>What documents show of the client is compiled and run: each example stands in a test of this folder, word for word.</summary>
public sealed partial class DocumentExampleTests
{
    [Theory]
    [InlineData("docs/client.md", 11)]
    [InlineData("src/Netcd.Client/README.md", 1)]
    [InlineData("src/Netcd.Client.Extensions.DependencyInjection/README.md", 1)]
    [InlineData("src/Netcd.Client.Extensions.HealthChecks/README.md", 1)]
    public void Examples_of_a_document_are_those_that_the_tests_run(string document, int count)
    {
        string folder = Repository.At("tests", "Netcd.Client.Tests", "Documents");
        string run = string.Concat(Directory.GetFiles(folder, "*Examples.cs").Select(File.ReadAllText).Select(Plain));
        string[] shown = [.. Example().Matches(File.ReadAllText(Repository.At(document))).Select(static match => match.Groups[1].Value)];
        Assert.Equal(count, shown.Length);
        Assert.All(shown, example => Assert.Contains(Plain(example), run, StringComparison.Ordinal));
    }

    /// <summary>Without margins and imports, which depend on where code stands, and with the server of the tests.</summary>
    private static string Plain(string code) => string.Concat(code.Split('\n')
        .Select(static line => line.Trim().Replace("\"http://127.0.0.1:2379\"", "endpoint", StringComparison.Ordinal))
        .Where(static line => line.Length > 0 && !line.StartsWith("using Netcd", StringComparison.Ordinal))
        .Select(static line => line + "\n"));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
