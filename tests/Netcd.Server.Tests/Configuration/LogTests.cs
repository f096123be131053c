using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

public sealed class LogTests
{
    [Fact]
    public void A_line_is_a_JSON_object_with_the_fields_of_the_message()
    {
        JsonNode line = JsonNode.Parse(Write(LogFormat.Json, LogLevel.Information, log => log.LogWarning("took {TookMs} ms", 7)))!;
        Assert.Equal(
            ("warn", "netcd", "took 7 ms", "7"),
            ((string?)line["level"], (string?)line["logger"], (string?)line["msg"], (string?)line["took-ms"]));
    }

    [Fact]
    public void A_line_for_the_console_has_columns() =>
        Assert.Matches(
            "^\\S+Z\twarn\tnetcd\ttook 7 ms\t{\"took-ms\":\"7\"}\n$",
            Write(LogFormat.Console, LogLevel.Information, log => log.LogWarning("took {TookMs} ms", 7)));

    [Fact]
    public void What_is_below_the_level_is_left_out() =>
        Assert.Equal("", Write(LogFormat.Json, LogLevel.Error, log => log.LogWarning("x")));

    [Fact]
    public void Outputs_are_streams_and_files_and_each_gets_every_line()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "before\n");
        using StringWriter standard = new() { NewLine = "\n" };
        using StringWriter errors = new() { NewLine = "\n" };
        using (TextWriter target = LogTargets.Open(["stdout", "stderr"], standard, errors))
        {
            target.WriteLine("one");
        }

        using (TextWriter target = LogTargets.Open([path], standard, errors))
        {
            target.WriteLine("two");
        }

        Assert.Equal(("one\n", "one\n"), (standard.ToString(), errors.ToString()));
        Assert.Equal(["before", "two"], File.ReadAllLines(path));
        File.Delete(path);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_told() =>
        Assert.Throws<ConfigurationException>(() => LogTargets.Open(["/does/not/exist/x.log"], TextWriter.Null, TextWriter.Null));

    private static string Write(LogFormat format, LogLevel least, Action<ILogger> write)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using (ILoggerFactory logging = LogOutput.Create(least, format, output))
        {
            write(logging.CreateLogger("netcd"));
        }

        return output.ToString();
    }
}
