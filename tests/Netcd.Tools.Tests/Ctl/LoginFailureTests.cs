using System.Globalization;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>Where a user cannot be logged in it is not the command that fails, and etcdctl's exit code says so.</summary>
public sealed class LoginFailureTests
{
    [Theory]
    [InlineData("--user a:b lease grant 10", 2, "Error: context deadline exceeded\n")]
    [InlineData("--user a:b get x", 2, "Error: context deadline exceeded\n")]
    [InlineData("lease grant 10", 1, "Error: failed to grant lease (context deadline exceeded)\n")]
    [InlineData("get x", 1, "Error: context deadline exceeded\n")]
    public void A_cluster_that_does_not_answer_is_no_failure_of_the_command_where_a_user_comes_first(
        string line, int exitCode, string error)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        using StringWriter errors = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        string[] words = ["ctl", "--endpoints=127.0.0.1:1", "--command-timeout=300ms", .. line.Split(' ')];
        int? code = ToolProgram.Run("netcd", words, new ToolConsole(output, errors), new ToolVersions("3.6.1", "0.0.1"));
        Assert.StartsWith(error, errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(exitCode, code);
    }
}
