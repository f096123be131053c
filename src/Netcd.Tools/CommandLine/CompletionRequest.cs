using System.Globalization;

namespace Netcd.Tools.CommandLine;

/// <summary>
/// Answers a shell that asks what may follow. Words and answers are those of the protocol that etcd's tools speak with their scripts: a
/// candidate a line with its description behind a tab, and at the end a colon and what the shell is to do, so those scripts work here too.
/// </summary>
internal sealed class CompletionRequest(Command root, ToolConsole console)
{
    private const string Described = "__complete";
    private const string Plain = "__completeNoDesc";

    private enum Directive
    {
        Default = 0,
        NoFileComp = 4,
        FilterDirs = 16,
    }

    /// <summary>Whether a command line is such a request.</summary>
    public static bool IsOne(IReadOnlyList<string> words) => words.Count > 0 && words[0] is Described or Plain;

    /// <summary>Answers it.</summary>
    /// <param name="words">The request, the words typed so far, and the beginning of the one that is being typed.</param>
    public int Answer(IReadOnlyList<string> words)
    {
        if (words.Count == 1)
        {
            console.Errors.WriteLine("Error: requires at least 1 arg(s), only received 0");
            return ExitCodes.Failure;
        }

        List<string> candidates = [];
        Directive directive = Directive.Default;
        try
        {
            directive = Complete([.. words.Skip(1).SkipLast(1)], words[^1], candidates);
        }
        catch (UsageException wrong)
        {
            console.Errors.WriteLine("[Debug] [Error] " + wrong.Message);
        }

        foreach (string candidate in candidates)
        {
            console.Output.WriteLine(words[0] == Plain ? candidate.Split('\t')[0] : candidate);
        }

        console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $":{(int)directive}"));
        console.Errors.WriteLine($"Completion ended with directive: ShellCompDirective{directive}");
        return ExitCodes.Success;
    }

    private Directive Complete(List<string> typed, string begun, List<string> candidates)
    {
        Command command = Find(typed, out List<string> words);
        command.AddHelpFlag();
        CommandFlag[] flags = [.. command.AllFlags];
        CommandFlag? flag = FlagBefore(begun, words, flags);
        IReadOnlyList<string> arguments = FlagReader.Read(words, flags);
        if (command.AsksForHelp)
        {
            return Directive.NoFileComp;
        }

        if (flag is not null)
        {
            candidates.AddRange(flag.Choices ?? []);
            return flag.IsDirectory ? Directive.FilterDirs : Directive.Default;
        }

        if (begun.StartsWith('-') && !begun.Contains('=', StringComparison.Ordinal))
        {
            OfferFlags(command, begun, candidates);
            return Directive.NoFileComp;
        }

        return OfferWords(command, arguments, begun, candidates);
    }

    private Command Find(List<string> typed, out List<string> words)
    {
        try
        {
            Command command = CommandSearch.Find(root, typed, out IReadOnlyList<string> rest);
            words = [.. rest];
            return command;
        }
        catch (UsageException)
        {
            throw new UsageException($"unable to find a command for arguments: [{string.Join(' ', typed)}]");
        }
    }

    /// <summary>The flag whose value is being typed; the flag itself is taken from the words.</summary>
    private static CommandFlag? FlagBefore(string begun, List<string> words, CommandFlag[] flags)
    {
        bool isBehindEquals = begun.StartsWith('-') && begun.Contains('=', StringComparison.Ordinal);
        string? word = isBehindEquals ? begun[..begun.IndexOf('=', StringComparison.Ordinal)]
            : begun.StartsWith('-') || words.Count == 0 || words[^1].Length < 2 || words[^1][0] != '-' || words[^1].Contains('=') ? null
            : words[^1];
        if (word is null or "--")
        {
            return null;
        }

        CommandFlag flag = (word.StartsWith("--", StringComparison.Ordinal)
            ? FlagReader.Find(word[2..], flags)
            : FlagReader.Find(word[^1], flags))
            ?? throw new UsageException($"there is no flag {word}");
        if (isBehindEquals)
        {
            return flag;
        }

        if (flag.ImpliedValue is not null)
        {
            return null;
        }

        words.RemoveAt(words.Count - 1);
        return flag;
    }

    /// <summary>What is required first, then the rest.</summary>
    private static void OfferFlags(Command command, string begun, List<string> candidates)
    {
        OfferRequired(command, begun, candidates);
        if (candidates.Count == 0)
        {
            candidates.AddRange(command.InheritedFlags.Concat(command.OwnFlags)
                .Where(static flag => flag is { IsGiven: false, IsHidden: false }).SelectMany(flag => Names(flag, begun)));
        }
    }

    private static void OfferRequired(Command command, string begun, List<string> candidates) =>
        candidates.AddRange(command.InheritedFlags.Concat(command.OwnFlags)
            .Where(static flag => flag is { IsRequired: true, IsGiven: false }).SelectMany(flag => Names(flag, begun)));

    private static IEnumerable<string> Names(CommandFlag flag, string begun)
    {
        string[] names = flag.Shorthand is { } letter ? [$"--{flag.Name}", $"-{letter}"] : [$"--{flag.Name}"];
        return names.Where(name => name.StartsWith(begun, StringComparison.Ordinal)).Select(name => name + "\t" + flag.Usage);
    }

    private static Directive OfferWords(Command command, IReadOnlyList<string> arguments, string begun, List<string> candidates)
    {
        bool isGroup = arguments.Count == 0 && command.Commands.Count > 0 && !command.Flags.Any(static flag => flag.IsGiven);
        if (isGroup)
        {
            Add(command.Commands, begun, candidates);
        }

        OfferRequired(command, begun, candidates);
        if (command.Offer is { } offer)
        {
            Add(offer(arguments), begun, candidates);
        }

        return isGroup || command.Offer is not null ? Directive.NoFileComp : Directive.Default;
    }

    private static void Add(IEnumerable<Command> commands, string begun, List<string> candidates) =>
        candidates.AddRange(commands
            .Where(command => command.IsOffered && command.Name.StartsWith(begun, StringComparison.Ordinal))
            .OrderBy(static command => command.Name, StringComparer.Ordinal)
            .Select(static command => command.Name + "\t" + command.Summary));
}
