namespace Netcd.Tools.CommandLine;

/// <summary>The commands that print a script for a shell, which then asks the tool what may follow
/// (<see cref="CompletionRequest"/>).</summary>
internal static class CompletionCommands
{
    private static readonly string[] Shells = ["bash", "zsh", "fish", "powershell"];

    /// <summary>The group of them.</summary>
    public static Command Create(Command root, ToolConsole console)
    {
        Command group = new("completion", "Generate the autocompletion script for the specified shell")
        {
            Check = static _ => null,
            Offer = static _ => [],
        };
        foreach (string shell in Shells)
        {
            group.Add(ForShell(shell, root, console));
        }

        return group;
    }

    private static Command ForShell(string shell, Command root, ToolConsole console)
    {
        BooleanFlag plain = new("no-descriptions", "disable completion descriptions");
        string path = root.Name + " completion " + shell;
        return new Command(shell, "Generate the autocompletion script for " + shell)
        {
            HidesFlags = shell == "bash",
            Flags = [plain],
            Offer = static _ => [],
            Check = arguments => arguments.Count == 0
                ? null
                : $"unknown command {GoText.Quote(arguments[0])} for {GoText.Quote(path)}",
            Run = _ =>
            {
                console.Output.Write(CompletionScripts.Of(shell, root.Name, plain.Value ? "__completeNoDesc" : "__complete"));
                return ExitCodes.Success;
            },
        };
    }
}
