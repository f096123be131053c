using System.Runtime.InteropServices;
using System.Text;

namespace Netcd.Server.Configuration;

/// <summary>What <c>--help</c>, <c>--version</c> and a wrong command line print.</summary>
internal static class HelpText
{
    /// <summary>How the program is called.</summary>
    public const string Usage = """
        Usage:

          netcd [flags]
            Start a server.

          netcd --version
            Show the versions.

          netcd -h | --help
            Show all flags.

          netcd --config-file
            Path to the server configuration file. Flags and environment variables are then ignored.

          netcd utl
            Work on the files of a member that is not running, as etcdutl does: netcd utl --help.

        """;

    /// <summary>The usage and every flag with its default.</summary>
    public static string Help()
    {
        StringBuilder text = new(Usage);
        foreach (string group in FlagGroups.All)
        {
            text.Append('\n').Append(group).Append(":\n");
            foreach (Flag flag in FlagTable.All.Where(flag => flag.Group == group && flag.Kind != FlagKind.Ignored))
            {
                text.Append("  --").Append(flag.Name).Append(" '").Append(Default(flag)).Append("'\n");
                text.Append("    ").Append(flag.Help).Append(Remark(flag)).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>The versions. The first line is etcd's, as tools read it.</summary>
    public static string Version() => $"""
        etcd Version: {ServerIdentity.EtcdVersion}
        netcd Version: {ServerIdentity.NetcdVersion}
        .NET Version: {Environment.Version}
        OS/Arch: {OperatingSystemName()}/{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}
        """;

    private static string Default(Flag flag) => flag.Name == "data-dir" ? "${name}.etcd" : flag.Default;

    private static string Remark(Flag flag) => flag.Use switch
    {
        FlagUse.Warned => " Has no effect: " + flag.Fate,
        FlagUse.Refused => " Is refused: " + flag.Fate,
        _ => "",
    };

    private static string OperatingSystemName() =>
        OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "windows" : "unknown";
}
