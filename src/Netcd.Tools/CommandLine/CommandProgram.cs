namespace Netcd.Tools.CommandLine;

/// <summary>Runs a tool: finds the command, reads its flags, and tells what is wrong as etcd's tools do, on the same stream and with the
/// same exit code.</summary>
internal sealed class CommandProgram
{
    private readonly Command root;
    private readonly ToolConsole console;

    /// <summary>How a command is used.</summary>
    private readonly Func<Command, string> usage;

    /// <summary>Whether that is an answer too where a command line is wrong, and the error stands by itself.</summary>
    private readonly bool showsUsageAsOutput;

    /// <summary>A tool; the commands for help and for shells are added to its own.</summary>
    /// <param name="root">Its commands.</param>
    /// <param name="console">Where it writes.</param>
    /// <param name="usage">How a command's usage is written; null for <see cref="UsageText"/>, which goes to the errors where a command
    /// line is wrong.</param>
    public CommandProgram(Command root, ToolConsole console, Func<Command, string>? usage = null)
    {
        this.usage = usage ?? UsageText.Of;
        showsUsageAsOutput = usage is not null;
        this.root = root;
        this.console = console;
        root.Add(HelpCommand());
        root.Add(CompletionCommands.Create(root, console));
    }

    /// <summary>Does what the command line says.</summary>
    /// <returns>The exit code.</returns>
    public int Run(IReadOnlyList<string> words)
    {
        if (CompletionRequest.IsOne(words))
        {
            return new CompletionRequest(root, console).Answer(words);
        }

        Command command;
        IReadOnlyList<string> rest;
        try
        {
            command = CommandSearch.Find(root, words, out rest);
        }
        catch (UsageException unknown)
        {
            console.Errors.WriteLine("Error: " + unknown.Message);
            console.Errors.WriteLine($"Run '{root.Path} --help' for usage.");
            return Fail(unknown.Message, ExitCodes.Failure);
        }

        try
        {
            return Run(command, rest);
        }
        catch (UsageException wrong)
        {
            console.Errors.WriteLine("Error: " + wrong.Message);
            if (showsUsageAsOutput)
            {
                console.Output.Write(usage(command));
                console.Errors.WriteLine();
            }
            else
            {
                console.Errors.WriteLine(usage(command));
            }

            return Fail(wrong.Message, ExitCodes.Failure);
        }
        catch (CommandFailure failure)
        {
            return Fail(failure.Message, failure.ExitCode, failure.Hint);
        }
    }

    private int Run(Command command, IReadOnlyList<string> rest)
    {
        if (command.Deprecated is { } instead)
        {
            console.Errors.WriteLine($"Command \"{command.Name}\" is deprecated, {instead}");
        }

        command.AddHelpFlag();
        (rest, IReadOnlyList<string>? program) = command.RunWithProgram is null ? (rest, null) : FlagReader.SplitProgram(rest);
        IReadOnlyList<string> arguments = FlagReader.Read(rest, [.. command.AllFlags]);
        if (command.AsksForHelp || !command.IsRunnable)
        {
            console.Output.Write(usage(command));
            return ExitCodes.Success;
        }

        if (command.Check?.Invoke(arguments) is { } fault)
        {
            throw new UsageException(fault);
        }

        string[] missing = [.. command.AllFlags.Where(static flag => flag.IsRequired && !flag.IsGiven).Select(static flag => flag.Name)];
        return missing.Length > 0 ? throw new UsageException($"required flag(s) \"{string.Join("\", \"", missing)}\" not set")
            : command.RunWithProgram is { } run ? run(arguments, program)
            : command.Run!(arguments);
    }

    private int Fail(string message, int exitCode, string? hint = null)
    {
        console.Errors.WriteLine("Error: " + message);
        if (hint is not null)
        {
            console.Errors.WriteLine("hint: " + hint);
        }

        return exitCode;
    }

    private Command HelpCommand() => new("help [command]", "Help about any command")
    {
        Offer = arguments => CommandSearch.Find(root, arguments, out IReadOnlyList<string> _).Commands,
        Run = arguments =>
        {
            try
            {
                Command explained = CommandSearch.Find(root, arguments, out _);
                explained.AddHelpFlag();
                console.Output.Write(usage(explained));
            }
            catch (UsageException)
            {
                console.Errors.WriteLine("Unknown help topic " + GoText.List(arguments));
                console.Errors.Write(usage(root));
            }

            return ExitCodes.Success;
        },
    };
}
