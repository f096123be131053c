using System.Text;

namespace Netcd.Tools.CommandLine;

/// <summary>How a command is used, in the shape that etcdutl's help has.</summary>
internal static class UsageText
{
    private const int LeastNameWidth = 11;

    public static string Of(Command command)
    {
        StringBuilder text = new("Usage:");
        bool isGroup = command.Commands.Any(static below => below.IsOffered);
        if (command.IsRunnable)
        {
            text.Append("\n  ").Append(Line(command));
        }

        if (isGroup)
        {
            text.Append("\n  ").Append(command.Path).Append(" [command]");
        }

        if (command.Examples.Count > 0)
        {
            text.Append("\n\nExamples:\n").AppendJoin('\n', command.ExampleLines().Select(static line => "  " + line));
        }

        AppendCommands(text, command, isGroup);
        AppendFlags(text, "Flags:", [.. command.OwnFlags.Where(static flag => !flag.IsHidden)]);
        AppendFlags(text, "Global Flags:", [.. command.InheritedFlags.Where(static flag => !flag.IsHidden)]);
        if (isGroup)
        {
            text.Append("\n\nUse \"").Append(command.Path).Append(" [command] --help\" for more information about a command.");
        }

        return text.Append('\n').ToString();
    }

    private static string Line(Command command)
    {
        string line = command.Parent is null ? command.Use : command.Parent.Path + " " + command.Use;
        return command.HidesFlags || line.Contains("[flags]", StringComparison.Ordinal) ? line : line + " [flags]";
    }

    private static void AppendCommands(StringBuilder text, Command command, bool isGroup)
    {
        if (!isGroup)
        {
            return;
        }

        text.Append("\n\nAvailable Commands:");
        int width = Math.Max(LeastNameWidth, command.Commands.Max(static below => below.Name.Length));
        foreach (Command below in command.Commands.Where(static below => below.IsOffered)
            .OrderBy(static below => below.Name, StringComparer.Ordinal))
        {
            text.Append("\n  ").Append(below.Name.PadRight(width)).Append(' ').Append(below.Summary);
        }
    }

    private static void AppendFlags(StringBuilder text, string heading, IReadOnlyList<CommandFlag> flags)
    {
        if (flags.Count == 0)
        {
            return;
        }

        text.Append("\n\n").Append(heading);
        string[] names = [.. flags.Select(Head)];
        int width = names.Max(static name => name.Length);
        foreach ((string name, CommandFlag flag) in names.Zip(flags))
        {
            text.Append('\n').Append(name.PadRight(width)).Append("   ").Append(flag.Usage);
            if (flag.ShownDefault is { } value)
            {
                text.Append(" (default ").Append(value).Append(')');
            }
        }
    }

    private static string Head(CommandFlag flag)
    {
        string name = flag.Shorthand is { } letter ? $"  -{letter}, --{flag.Name}" : $"      --{flag.Name}";
        return flag.ValueName.Length == 0 ? name : name + " " + flag.ValueName;
    }
}
