using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>Loads settings in one line.</summary>
internal static class Load
{
    private static readonly Dictionary<string, string> NoVariables = [];

    public static ConfigurationResult Arguments(params string[] arguments) => ServerConfiguration.Load(arguments, NoVariables);

    public static ServerOptions Options(params string[] arguments) => Accepted(Arguments(arguments));

    public static ConfigurationResult Environment(Dictionary<string, string> environment, params string[] arguments) =>
        ServerConfiguration.Load(arguments, environment);

    public static ConfigurationResult File(string text, params string[] arguments)
    {
        string path = Path.GetTempFileName();
        try
        {
            System.IO.File.WriteAllText(path, text);
            return ServerConfiguration.Load(["--config-file", path, .. arguments], NoVariables);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    public static ServerOptions Accepted(ConfigurationResult result)
    {
        Assert.True(result.Options is not null, result.Message);
        return result.Options!;
    }

    public static void Refused(ConfigurationResult result, int exitCode, string message)
    {
        Assert.Null(result.Options);
        Assert.Equal(message, result.Message.Split('\n')[0]);
        Assert.Equal(exitCode, result.ExitCode);
    }
}
