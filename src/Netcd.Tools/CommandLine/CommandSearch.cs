namespace Netcd.Tools.CommandLine;

/// <summary>Finds the command that a command line means. A name may be shortened as long as one command alone begins so.</summary>
internal static class CommandSearch
{
    /// <summary>How many letters a name may differ in to be suggested.</summary>
    private const int SuggestedDistance = 2;

    /// <summary>Goes down from the program as long as words name commands.</summary>
    /// <param name="root">The program.</param>
    /// <param name="words">The command line.</param>
    /// <param name="rest">The words without the commands' names.</param>
    /// <exception cref="UsageException">The first word names no command.</exception>
    public static Command Find(Command root, IReadOnlyList<string> words, out IReadOnlyList<string> rest)
    {
        Command found = root;
        rest = words;
        while (FirstName(found, rest, out _) is { } name && FindNext(found, name) is { } next)
        {
            rest = Without(found, rest, name);
            found = next;
        }

        if (found.Parent is null && found.Check is null && FirstName(found, rest, out _) is { } unknown)
        {
            throw new UsageException($"unknown command {GoText.Quote(unknown)} for {GoText.Quote(root.Path)}" + Suggest(root, unknown));
        }

        return found;
    }

    /// <summary>The first word that is neither a flag nor a flag's value.</summary>
    private static string? FirstName(Command command, IReadOnlyList<string> words, out int at)
    {
        List<CommandFlag> flags = [.. command.AllFlags];
        for (at = 0; at < words.Count && words[at] != "--"; at++)
        {
            if (FlagReader.TakesNext(words[at], flags))
            {
                at++;
            }
            else if (words[at].Length > 0 && words[at][0] != '-')
            {
                return words[at];
            }
        }

        return null;
    }

    /// <summary>The words but for the first that is the name and no flag's value.</summary>
    private static List<string> Without(Command command, IReadOnlyList<string> words, string name)
    {
        _ = FirstName(command, words, out int at);
        List<string> rest = [.. words];
        if (at < rest.Count && rest[at] == name)
        {
            rest.RemoveAt(at);
        }

        return rest;
    }

    private static Command? FindNext(Command group, string name)
    {
        Command? exact = group.Commands.FirstOrDefault(command => command.Name == name);
        if (exact is not null)
        {
            return exact;
        }

        Command[] begun = [.. group.Commands
            .Where(command => !command.IsExtra && command.Name.StartsWith(name, StringComparison.Ordinal))];
        return begun.Length == 1 ? begun[0] : null;
    }

    private static string Suggest(Command root, string typed)
    {
        string[] near = [.. root.Commands.Where(command => command is { IsOffered: true, IsExtra: false } && IsNear(command.Name, typed))
            .Select(static command => command.Name)];
        return near.Length == 0 ? "" : "\n\nDid you mean this?\n" + string.Concat(near.Select(static name => $"\t{name}\n"));
    }

    private static bool IsNear(string name, string typed) =>
        name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
        || Distance(typed.ToLowerInvariant(), name.ToLowerInvariant()) <= SuggestedDistance;

    /// <summary>Letters to insert, delete or exchange that make one text of the other.</summary>
    private static int Distance(string from, string to)
    {
        int[] above = [.. Enumerable.Range(0, to.Length + 1)];
        for (int row = 1; row <= from.Length; row++)
        {
            int[] line = new int[to.Length + 1];
            line[0] = row;
            for (int column = 1; column <= to.Length; column++)
            {
                int exchange = above[column - 1] + (from[row - 1] == to[column - 1] ? 0 : 1);
                line[column] = Math.Min(exchange, Math.Min(above[column], line[column - 1]) + 1);
            }

            above = line;
        }

        return above[^1];
    }
}
