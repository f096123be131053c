namespace Netcd.Tools.CommandLine;

/// <summary>Reads flags, wherever they stand among the arguments, by the rules that etcd's tools follow.</summary>
internal static class FlagReader
{
    private const string End = "--";

    /// <summary>Gives the flags their values.</summary>
    /// <returns>What is no flag and no value of one.</returns>
    /// <exception cref="UsageException">A flag is unknown, or lacks a value, or has a wrong one.</exception>
    public static List<string> Read(IReadOnlyList<string> words, IReadOnlyList<CommandFlag> flags)
    {
        List<string> arguments = [];
        Queue<string> rest = new(words);
        while (rest.TryDequeue(out string? word))
        {
            if (word == End)
            {
                arguments.AddRange(rest);
                break;
            }

            if (word.StartsWith(End, StringComparison.Ordinal))
            {
                ReadName(word, rest, flags);
            }
            else if (word.Length > 1 && word[0] == '-')
            {
                ReadLetters(word[1..], rest, flags);
            }
            else
            {
                arguments.Add(word);
            }
        }

        return arguments;
    }

    /// <summary>Whether a word that is a flag takes the next word for its value. So also one that is unknown.</summary>
    public static bool TakesNext(string word, IReadOnlyList<CommandFlag> flags)
    {
        if (word.Contains('=', StringComparison.Ordinal) || !word.StartsWith('-'))
        {
            return false;
        }

        return word.StartsWith(End, StringComparison.Ordinal)
            ? Find(word[2..], flags)?.ImpliedValue is null
            : word.Length == 2 && Find(word[1], flags)?.ImpliedValue is null;
    }

    /// <summary>The words before a <c>--</c>, and those behind it; null where there is none.</summary>
    public static (IReadOnlyList<string> Words, IReadOnlyList<string>? Program) SplitProgram(IReadOnlyList<string> words)
    {
        IReadOnlyList<string> before = [.. words.TakeWhile(static word => word != End)];
        return (before, before.Count == words.Count ? null : [.. words.Skip(before.Count + 1)]);
    }

    public static CommandFlag? Find(string name, IReadOnlyList<CommandFlag> flags) => flags.FirstOrDefault(flag => flag.Name == name);

    public static CommandFlag? Find(char letter, IReadOnlyList<CommandFlag> flags) =>
        flags.FirstOrDefault(flag => flag.Shorthand == letter);

    /// <summary><c>--name</c>, <c>--name=value</c> or <c>--name value</c>.</summary>
    private static void ReadName(string word, Queue<string> rest, IReadOnlyList<CommandFlag> flags)
    {
        string name = word[2..];
        if (name[0] is '-' or '=')
        {
            throw new UsageException("bad flag syntax: " + word);
        }

        int equals = name.IndexOf('=', StringComparison.Ordinal);
        string? value = equals < 0 ? null : name[(equals + 1)..];
        name = equals < 0 ? name : name[..equals];
        CommandFlag flag = Find(name, flags) ?? throw new UsageException("unknown flag: --" + name);
        value ??= flag.ImpliedValue;
        if (value is null && !rest.TryDequeue(out value))
        {
            throw new UsageException("flag needs an argument: --" + name);
        }

        flag.Set(value);
    }

    /// <summary>Letters behind one dash: the last may have a value, with an equals sign, behind it, or as the next word.</summary>
    private static void ReadLetters(string letters, Queue<string> rest, IReadOnlyList<CommandFlag> flags)
    {
        while (letters.Length > 0)
        {
            char letter = letters[0];
            CommandFlag flag = Find(letter, flags)
                ?? throw new UsageException($"unknown shorthand flag: {GoText.Letter(letter)} in -{letters}");
            string? value;
            string behind = letters[1..];
            letters = "";
            if (behind.Length > 1 && behind[0] == '=')
            {
                value = behind[1..];
            }
            else if (flag.ImpliedValue is { } implied)
            {
                (value, letters) = (implied, behind);
            }
            else if (behind.Length > 0)
            {
                value = behind;
            }
            else if (!rest.TryDequeue(out value))
            {
                throw new UsageException($"flag needs an argument: {GoText.Letter(letter)} in -{letter}");
            }

            flag.Set(value);
        }
    }
}
