namespace Netcd.Testing.Processes;

/// <summary>
/// Prometheus' promtool: what NETCD_TEST_PROMTOOL names, else from PATH, else from the cache that <c>tools/get-promtool.sh</c> fills, which
/// is run when nothing is found. A test that cannot have it is skipped with the reason, and fails where NETCD_REQUIRE_PROMTOOL is 1.
/// </summary>
public static class PromtoolProgram
{
    private static readonly Lazy<Task<(string? Path, string Reason)>> Found = new(FindAsync);

    public static async Task<string> PathAsync()
    {
        (string? path, string reason) = await Found.Value;
        if (path is null && Environment.GetEnvironmentVariable("NETCD_REQUIRE_PROMTOOL") == "1")
        {
            Assert.Fail("promtool is required: " + reason);
        }

        Assert.SkipWhen(path is null, "there is no promtool: " + reason);
        return path!;
    }

    private static async Task<(string? Path, string Reason)> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("NETCD_TEST_PROMTOOL") is { Length: > 0 } named)
        {
            return File.Exists(named) ? (named, "") : (null, $"NETCD_TEST_PROMTOOL names {named}, which is not there");
        }

        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(static folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);
        if (found is not null || !OperatingSystem.IsLinux())
        {
            return (found, "set NETCD_TEST_PROMTOOL to one");
        }

        CommandResult result = await Command.RunAsync("bash", [Repository.At("tools", "get-promtool.sh")], "", TimeSpan.FromMinutes(3));
        string path = result.Output.Trim();
        return result.ExitCode == 0 && File.Exists(path) ? (path, "") : (null, "tools/get-promtool.sh: " + result.Errors.Trim());
    }
}
