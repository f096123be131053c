using System.Text;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>How a command is used, in the shape that etcdctl's help has.</summary>
/// <param name="versions">What the program's own help says of its versions.</param>
internal sealed class CtlUsage(ToolVersions versions)
{
    private const int TabWidth = 8;

    public string Of(Command command)
    {
        StringBuilder text = new($"NAME:\n\t{NameOf(command)} - {command.Summary}\n\nUSAGE:\n\t{Line(command)}\n");
        if (command.Parent is null)
        {
            text.Append($"\nVERSION:\n\t{versions.Etcd}\n");
        }

        List<Command> below = [.. Below(command)];
        if (below.Count > 0)
        {
            text.Append($"\nAPI VERSION:\n\t{versions.Api}\n\n\nCOMMANDS:\n");
            Append(text, [.. below.Select(found => ("\t" + found.Path[(command.Path.Length + 1)..], found.Summary))], firstAt: 1);
        }

        if (command.Examples.Count > 0)
        {
            text.Append("\nEXAMPLES:\n").AppendJoin('\n', command.ExampleLines().Select(static line => "\t" + line)).Append('\n');
        }

        AppendFlags(text, "OPTIONS", command.OwnFlags);
        AppendFlags(text, "GLOBAL OPTIONS", command.InheritedFlags);
        return text.Append('\n').ToString();
    }

    private static string NameOf(Command command) =>
        command.Parent is null ? command.Name : command.Path[(command.Root.Path.Length + 1)..];

    private static string Line(Command command)
    {
        string line = command.Parent is null ? command.Use : command.Parent.Path + " " + command.Use;
        return command.HidesFlags || line.Contains("[flags]", StringComparison.Ordinal) ? line : line + " [flags]";
    }

    /// <summary>The program's help lists what can be run, a group's what stands directly below it.</summary>
    private static IEnumerable<Command> Below(Command command) => command.Commands
        .Where(static below => below.IsOffered)
        .OrderBy(static below => below.Name, StringComparer.Ordinal)
        .SelectMany(below => command.Parent is null && below.Commands.Count > 0 ? Below(below) : [below]);

    private static void AppendFlags(StringBuilder text, string title, IEnumerable<CommandFlag> flags)
    {
        (string, string)[] lines =
        [
            .. flags.Where(static flag => !flag.IsHidden).Select(static flag => (
                (flag.Shorthand is { } letter ? $"  -{letter}, --{flag.Name}" : $"      --{flag.Name}") + flag.Assigned, flag.Usage)),
        ];
        if (lines.Length > 0)
        {
            text.Append($"\n{title}:\n");
            Append(text, lines, firstAt: 0);
        }
    }

    /// <summary>Two columns with tabs between them, at least one; a tab at the first column's beginning is not counted.</summary>
    private static void Append(StringBuilder text, (string Name, string Usage)[] lines, int firstAt)
    {
        int width = (lines.Max(line => line.Name.Length - firstAt) / TabWidth) + 1;
        foreach ((string name, string usage) in lines)
        {
            text.Append(name).Append('\t', width - ((name.Length - firstAt) / TabWidth)).Append(usage).Append('\n');
        }
    }
}
