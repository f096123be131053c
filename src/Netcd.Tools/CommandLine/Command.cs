namespace Netcd.Tools.CommandLine;

/// <summary>A command, or a group of them.</summary>
/// <param name="use">Its name, and what stands behind it.</param>
/// <param name="summary">What it does, in a line.</param>
internal sealed class Command(string use, string summary)
{
    private readonly List<Command> commands = [];
    private BooleanFlag? help;

    public string Use { get; } = use;

    public string Summary { get; } = summary;

    /// <summary>The first word of <see cref="Use"/>; of the program itself all of it, which may be several.</summary>
    public string Name => IsProgram ? Use : Use.Split(' ')[0];

    /// <summary>Whether it is the program itself.</summary>
    public bool IsProgram { get; init; }

    /// <summary>Does it: takes the arguments, and gives the exit code. Null for a group.</summary>
    public Func<IReadOnlyList<string>, int>? Run { get; init; }

    /// <summary>Does it, with what stands behind a <c>--</c>: a program that it runs, and that program's arguments. Null where there is no
    /// <c>--</c>.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<string>?, int>? RunWithProgram { get; init; }

    /// <summary>Whether it does something itself, and is not but a group.</summary>
    public bool IsRunnable => Run is not null || RunWithProgram is not null;

    /// <summary>Looks at the arguments: gives what is wrong with them, or null. Null for any arguments.</summary>
    public Func<IReadOnlyList<string>, string?>? Check { get; init; }

    /// <summary>Flags of this command alone.</summary>
    public IReadOnlyList<CommandFlag> Flags { get; init; } = [];

    /// <summary>Flags of this command and of all below.</summary>
    public IReadOnlyList<CommandFlag> SharedFlags { get; init; } = [];

    /// <summary>Whether the help does not mention it.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Whether etcd's tools do not have it. Its name is not shortened and not suggested, so that what is short for one of their
    /// commands stays so.</summary>
    public bool IsExtra { get; init; }

    /// <summary>Command lines that its help shows.</summary>
    public IReadOnlyList<CommandExample> Examples { get; set; } = [];

    /// <summary>What to use in its place; null where it may be used.</summary>
    public string? Deprecated { get; init; }

    /// <summary>Whether its line of usage says nothing of flags.</summary>
    public bool HidesFlags { get; init; }

    /// <summary>What a shell offers behind the arguments: commands, or nothing; null where it offers files.</summary>
    public Func<IReadOnlyList<string>, IEnumerable<Command>>? Offer { get; init; }

    public Command? Parent { get; private set; }

    /// <summary>The commands of a group, in the order added.</summary>
    public IReadOnlyList<Command> Commands => commands;

    public Command Root => Parent is null ? this : Parent.Root;

    /// <summary>The names from the program on.</summary>
    public string Path => Parent is null ? Name : Parent.Path + " " + Name;

    /// <summary>Whether the help mentions it.</summary>
    public bool IsOffered => !IsHidden && Deprecated is null && (IsRunnable || commands.Exists(static command => command.IsOffered));

    /// <summary>Whether <c>--help</c> was given.</summary>
    public bool AsksForHelp => help is { Value: true };

    /// <summary>This command's own flags, sorted.</summary>
    public IEnumerable<CommandFlag> OwnFlags =>
        Flags.Concat(SharedFlags).Concat(help is null ? [] : [help]).OrderBy(static flag => flag.Name, StringComparer.Ordinal);

    /// <summary>The flags of the groups above, sorted.</summary>
    public IEnumerable<CommandFlag> InheritedFlags =>
        Ancestors().SelectMany(static above => above.SharedFlags).OrderBy(static flag => flag.Name, StringComparer.Ordinal);

    public IEnumerable<CommandFlag> AllFlags => OwnFlags.Concat(InheritedFlags).OrderBy(static flag => flag.Name, StringComparer.Ordinal);

    public Command Add(params ReadOnlySpan<Command> more)
    {
        foreach (Command command in more)
        {
            command.Parent = this;
            commands.Add(command);
        }

        return this;
    }

    /// <summary>The examples as a shell takes them: what each does, and the line.</summary>
    public IEnumerable<string> ExampleLines() =>
        Examples.SelectMany(example => (string[])["# " + example.What, Root.Path + " " + example.Line]);

    /// <summary>Gives commands below this one the examples of a table, by their names from here on.</summary>
    public void Explain(IReadOnlyDictionary<string, CommandExample[]> examples) => Explain(examples, Path.Length + 1);

    /// <summary>Adds the flag for help. As in etcd's tools a command has it only once it is about to run or to be explained: before that,
    /// while commands are looked for, <c>--help</c> is a flag that nobody knows, and takes the word behind it for its value.</summary>
    public void AddHelpFlag() => help ??= new BooleanFlag("help", "help for " + Name) { Shorthand = 'h' };

    private void Explain(IReadOnlyDictionary<string, CommandExample[]> examples, int from)
    {
        foreach (Command below in commands)
        {
            below.Examples = examples.TryGetValue(below.Path[from..], out CommandExample[]? known) ? known : below.Examples;
            below.Explain(examples, from);
        }
    }

    private IEnumerable<Command> Ancestors()
    {
        for (Command? above = Parent; above is not null; above = above.Parent)
        {
            yield return above;
        }
    }
}

/// <summary>A command line that is shown.</summary>
/// <param name="Line">The line, without the program's name.</param>
/// <param name="What">What it does.</param>
internal sealed record CommandExample(string Line, string What);
