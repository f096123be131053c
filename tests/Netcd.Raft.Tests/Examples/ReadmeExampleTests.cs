using System.Runtime.CompilerServices;

namespace Netcd.Raft.Tests.Examples;

/// <summary>The example in the README of Netcd.Raft: it runs, and what stands there is what runs here.</summary>
public sealed class ReadmeExampleTests
{
    [Fact]
    public void Three_replicas_elect_a_leader_and_apply_what_it_is_asked_on_each()
    {
        // README: cluster
        ulong[] members = [1, 2, 3];
        Dictionary<ulong, Replica> replicas = members.ToDictionary(id => id, id => new Replica(id, members));

        // One round: time passes by a tick, and messages go back and forth until nobody has any more.
        void Round()
        {
            foreach (Replica replica in replicas.Values)
            {
                replica.Tick();
            }

            Message[] messages;
            do
            {
                messages = [.. replicas.Values.SelectMany(replica => replica.Work())];
                foreach (Message message in messages)
                {
                    replicas[message.To].Receive(message);
                }
            }
            while (messages.Length > 0);
        }

        while (!replicas.Values.Any(replica => replica.IsLeader))
        {
            Round();
        }

        Replica leader = replicas.Values.Single(replica => replica.IsLeader);
        leader.TryPropose("a"); // true: taken, which is no promise yet
        leader.TryPropose("b");
        Round();
        // README: end

        Round();
        Assert.All(replicas.Values, replica => Assert.Equal(["a", "b"], replica.Applied));
    }

    [Theory]
    [InlineData("Replica.cs", "Replica")]
    [InlineData("ReadmeExampleTests.cs", "cluster")]
    public void The_readme_shows_the_code_that_runs_here(string file, string part)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder(), file));
        int first = Array.FindIndex(lines, line => line.Trim() == "// README: " + part) + 1;
        int last = Array.FindIndex(lines, first, line => line.Trim() == "// README: end");
        Assert.InRange(first, 1, last - 5);
        int indent = lines[first].Length - lines[first].TrimStart().Length;
        string code = string.Join('\n', lines[first..last].Select(line => line.Length < indent ? line : line[indent..])).TrimEnd();

        string readme = File.ReadAllText(Path.Combine(Folder(), "..", "..", "..", "src", "Netcd.Raft", "README.md"))
            .ReplaceLineEndings("\n");
        Assert.Contains("```csharp\n" + code + "\n```", readme, StringComparison.Ordinal);
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
