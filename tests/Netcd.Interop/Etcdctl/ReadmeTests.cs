using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Etcdctl;

/// <summary>The README's tour, line by line as it is printed there, with the real etcdctl.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task Each_command_of_the_tour_does_what_the_readme_says()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"));
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        string lease = "";
        int checkedOutputs = 0;
        foreach (string line in TourOf(await File.ReadAllTextAsync(Repository.At("README.md"))))
        {
            string[] parts = line.Split(" # ", 2);
            bool isLeft = parts[0].TrimEnd().EndsWith('&');
            string command = parts[0].TrimEnd(' ', '&')
                .Replace("localhost:2379", server.Endpoint, StringComparison.Ordinal)
                .Replace("backup.db", folder.At("backup.db"), StringComparison.Ordinal);
            command = LeaseId().Replace(command, lease);
            string script = $"PATH={Path.GetDirectoryName(etcdctl)}:$PATH; export ETCDCTL_ENDPOINTS={server.Endpoint}; "
                + (isLeft ? $"timeout 1 {command} || [ $? = 124 ]" : command);
            string output = (await Command.RunAsync("bash", "-c", script)).Succeeded();
            string shown = string.Join(", ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            if (command.Contains("lease grant", StringComparison.Ordinal))
            {
                lease = LeaseId().Match(output).Value;
                Assert.Equal(LeaseId().Replace(parts[1].Trim(), lease), shown);
                checkedOutputs++;
            }
            else if (parts.Length > 1 && IsOutput(parts[1]))
            {
                Assert.Equal(parts[1].Trim(), shown);
                checkedOutputs++;
            }
        }

        Assert.Equal(4, checkedOutputs);
        Assert.True(File.Exists(folder.At("backup.db")));
    }

    /// <summary>The commands of the first block below the heading of the tour.</summary>
    private static string[] TourOf(string readme)
    {
        string tour = readme[readme.IndexOf("## A 60-second tour", StringComparison.Ordinal)..];
        string block = tour.Split("```sh\n", 2)[1].Split("```", 2)[0];
        return block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Whether a remark is what the command prints, rather than what it does.</summary>
    private static bool IsOutput(string remark) => remark.Trim() is "OK" or "greeting, hello" or "1";

    [GeneratedRegex("[0-9a-f]{16}")]
    private static partial Regex LeaseId();
}
